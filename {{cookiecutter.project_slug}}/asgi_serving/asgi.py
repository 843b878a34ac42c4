"""What a project's asgi.py needs, in the place of `django.core.asgi`.

It takes no more than another import::

    from asgi_serving.asgi import get_asgi_application

    application = get_asgi_application()
"""

from functools import partial
from typing import TYPE_CHECKING

import django
from django.core import asgi

from asgi_serving.application import probes
from asgi_serving.databases.statement_timeout import limit_statements
from asgi_serving.handler.handler import PROVEN_ON, Handler
from asgi_serving.handler.lanes import Lanes, check_lanes
from asgi_serving.handler.substitution import substituted
from asgi_serving.settings import require_valid, serving_settings

if TYPE_CHECKING:
    from asgi_serving.application.gateway import Gateway
    from asgi_serving.types import Application


_lanes: Lanes | None = None


def get_asgi_application() -> "Gateway":
    """Set Django up, and return what serves probes, static files, WebSockets and Django.

    Raises InvalidSettings: an entry of `ASGI_SERVING` is wrong.
    Raises StaticFilesMissing: `collectstatic` has not run.
    """
    return serve_by_gateway(get_handler())


def serve_by_gateway(django_application: "Application") -> "Gateway":
    """Return what serves probes, static files and WebSockets, and leaves the rest to Django's.

    django_application: what `get_handler` returns, or something around it.
    """
    from asgi_serving.application.gateway import Gateway  # noqa: PLC0415  # needs Django set up

    return Gateway(django_application, lanes_of_process())


def lanes_of_process() -> Lanes | None:
    """Return the lanes that requests and WebSockets share; None if there are none."""
    return _lanes


def get_handler() -> "Application":
    """Set Django up, and return its own ASGI application: with lanes, unless there are none.

    Raises InvalidSettings: an entry of `ASGI_SERVING` is wrong.
    """
    global _lanes  # noqa: PLW0603  # a process serves one application
    django.setup(set_prefix=False)
    require_valid()
    limit_statements()
    chosen = serving_settings()
    probes.CHECKS.pop("lanes", None)
    _lanes = None
    if not serves_on_lanes():
        return asgi.get_asgi_application()
    lanes = Lanes(chosen.lanes, chosen.lanes_queue, chosen.lanes_wait, reuse=chosen.lanes_reuse)
    _lanes = lanes
    probes.CHECKS["lanes"] = partial(check_lanes, lanes)
    # Packages put theirs in place of this function of Django's, which calls the class by this name.
    with substituted(asgi, "ASGIHandler", partial(Handler, lanes)):
        return asgi.get_asgi_application()


def serves_on_lanes() -> bool:
    """Tell whether Django's handler is the one with lanes, by the settings and Django's version."""
    return bool(serving_settings().lanes) and django.VERSION[:2] in PROVEN_ON
