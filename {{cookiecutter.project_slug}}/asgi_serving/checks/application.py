"""Is there something to serve, and can Uvicorn call it?"""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage
from django.db.utils import Error as DatabaseError
from django.urls import URLPattern, URLResolver
from django.utils.module_loading import import_string
from gunicorn.config import Config
from gunicorn.errors import AppImportError
from gunicorn.util import import_app

from asgi_serving.application.static import StaticFilesMissing
from asgi_serving.application.websocket import websocket_routes
from asgi_serving.checks.asgi_interface import why_not_asgi, why_not_three_arguments
from asgi_serving.checks.finding import Finding
from asgi_serving.checks.worker import (
    chosen_worker,
    is_wsgi,
    may_be_uvicorns,
    uvicorn_options,
)
from asgi_serving.server.gunicorn_config import config_if_valid, served_application
from asgi_serving.settings import InvalidSettings

NO_APPLICATION = Finding(
    "asgi_serving.E007",
    "{name} is no ASGI application: {reason}. No request will be answered.",
    'Set wsgi_app = "config.asgi:application" in gunicorn.conf.py.',
    'wsgi_app = "config.wsgi:application"',
    "Uvicorn takes what is no coroutine function for ASGI 2, and calls it with one argument.",
)
UNCERTAIN = Finding(
    "asgi_serving.W035",
    "{name} may be no ASGI application to serve: {reason}.",
    "Mend what it says, unless it is another on the machine that serves, or another application is "
    "named on Gunicorn's command line.",
    'ASGI_APPLICATION = "config.asgi.app"',
    "Only what Gunicorn's own settings name, and is no ASGI application anywhere, is an error.",
)
NO_ROUTES = Finding(
    "asgi_serving.E008",
    "The WebSockets cannot be loaded: {reason}. No worker will start.",
    "Let it name a list of asgi_serving.routing.websocket(path, application).",
    'ASGI_SERVING = {"WEBSOCKET_ROUTES": "config.nowhere.routes"}',
    "The application is not loaded, and the worker ends with this line.",
)
UNSERVED = Finding(
    "asgi_serving.W036",
    "The WebSockets: {reason}.",
    "Let WEBSOCKET_ROUTES name a list of asgi_serving.routing.websocket(path, application).",
    'routes = [websocket("/chat/", chat)]',
    "A path of the list does not begin with a slash, as in urls.py; one that does is never found.",
)

WRONG_ANYWHERE: Final = (AppImportError, ImportError, NameError, SyntaxError)
"""What an import raises that is wrong in itself. Anything else may be another on a machine with other
files, variables, addresses or tables."""


def check_application(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Import what Gunicorn would serve, and look whether its workers could call it."""
    if (cfg := config_if_valid()) is None or is_wsgi(worker := chosen_worker(cfg)):
        return []
    if (loaded := served_application.get()) is not None:
        name = cfg.wsgi_app or "What the command line names"
        kind, reason = NO_APPLICATION, _why_not_served(loaded, worker)
    elif name := cfg.wsgi_app:
        kind, reason = _look_at(cfg, partial(import_app, name), worker)
        kind = kind if worker else UNCERTAIN  # a command line may name one that serves WSGI
    elif name := asgi_application():
        _, reason = _look_at(cfg, partial(import_string, name), worker)
        kind = UNCERTAIN  # a command line names what is served
    else:
        return []
    return [kind.message(name=name, reason=reason)] if reason else []


def _look_at(cfg: Config, load: Callable[[], Any], worker: type | None) -> tuple[Finding, str]:
    """Return why what is loaded is not served, or "", and whether that is so anywhere."""
    try:
        with _search_path(cfg):
            return NO_APPLICATION, _why_not_served(load(), worker)
    except (InvalidSettings, StaticFilesMissing):
        return UNCERTAIN, ""  # another check names the former; files may be collected later
    except DatabaseError:
        return UNCERTAIN, ""  # a table that is read at the import may be made later
    except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever an import may raise
        kind = NO_APPLICATION if isinstance(error, WRONG_ANYWHERE) else UNCERTAIN
        text = " ".join(str(error).split())
        return kind, f"it cannot be imported, {type(error).__name__}: {text}"


def _why_not_served(application: Any, worker: type | None) -> str:
    interface = uvicorn_options(worker).get("interface", "auto")
    if interface == "asgi3" or not may_be_uvicorns(worker):
        return why_not_three_arguments(application)
    return why_not_asgi(application) if interface == "auto" else ""


@contextmanager
def _search_path(cfg: Config) -> Iterator[None]:
    """Look for modules where Gunicorn does."""
    before = list(sys.path)
    sys.path[:0] = [cfg.chdir, *filter(None, (cfg.pythonpath or "").split(","))]
    try:
        yield
    finally:
        sys.path[:] = before


def asgi_application() -> str:
    """Return the setting `ASGI_APPLICATION`, which development servers have made usual."""
    return str(getattr(settings, "ASGI_APPLICATION", None) or "")


def check_websocket_routes(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Look at what `WEBSOCKET_ROUTES` names."""
    try:
        routes = websocket_routes()
    except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever an import may raise
        certain = isinstance(error, (InvalidSettings, *WRONG_ANYWHERE))
        reason = " ".join(str(error).split())
        return [(NO_ROUTES if certain else UNSERVED).message(reason=reason)]
    return [UNSERVED.message(reason=reason) for reason in _why_not_routes(routes)]


def _why_not_routes(routes: Sequence[object], above: str = "/") -> Iterator[str]:
    for route in routes:
        if not isinstance(route, URLPattern | URLResolver):
            yield f"{route!r} is no websocket(...)"
            continue
        path = f"{above}{route.pattern}"
        if str(route.pattern).startswith("/"):
            yield f"{path!r} has a slash too many, so it is never found"
        if isinstance(route, URLResolver):
            yield from _why_not_routes(route.url_patterns, path)
        elif why_not := why_not_three_arguments(route.callback):
            yield f"what is at {path!r} is no ASGI application, {why_not}"
