"""Is there something to serve, and can Uvicorn call it?"""

import inspect
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage
from django.urls import URLPattern, URLResolver

from asgi_serving.application.static import StaticFilesMissing
from asgi_serving.application.websocket import websocket_routes
from asgi_serving.checks.finding import Finding
from asgi_serving.server.gunicorn_config import config_if_valid
from asgi_serving.settings import InvalidSettings

NO_APPLICATION = Finding(
    "asgi_serving.E007",
    "{name} is no ASGI application: {reason}. No request will be answered.",
    'Set wsgi_app = "config.asgi:application" in gunicorn.conf.py.',
    'wsgi_app = "config.wsgi:application"',
    "Uvicorn takes what is no coroutine function for ASGI 2, and calls it with one argument.",
)
NO_ROUTES = Finding(
    "asgi_serving.E008",
    "The WebSockets: {reason}.",
    "Let it name a list of asgi_serving.routing.websocket(path, application).",
    'routes = [websocket("/chat/", chat)]',
    "A path of the list does not begin with a slash, as in urls.py; one that does is never found.",
)


def check_application(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Import what Gunicorn would serve, and look whether Uvicorn could call it."""
    if (cfg := config_if_valid()) is None:
        return []
    name = cfg.wsgi_app or asgi_application()
    if not name:
        return []  # a command line names it
    try:
        reason = why_not_asgi(application(name))
    except InvalidSettings:
        return []  # another check names them
    except StaticFilesMissing:
        return []  # they may be collected after this command; the server says so if they are not
    except Exception as error:  # noqa: BLE001  # whatever the import of a project may raise
        reason = f"it cannot be imported, {type(error).__name__}: {' '.join(str(error).split())}"
    return [NO_APPLICATION.message(name=name, reason=reason)] if reason else []


def asgi_application() -> str:
    """Return the setting `ASGI_APPLICATION`, which development servers have made usual."""
    return getattr(settings, "ASGI_APPLICATION", None) or ""


def application(name: str) -> Any:
    """Return what `module:attribute` or `module.attribute` names. Raises what the import raises."""
    module, separator, attribute = name.partition(":")
    if not separator:
        module, _, attribute = name.rpartition(".")
    found = import_module(module)
    for part in (attribute or "application").split("."):
        found = getattr(found, part)
    return found


def why_not_asgi(candidate: Any) -> str:
    """Return why Uvicorn would not call it as ASGI 3, or "": the rule is that of its Config.

    It takes what `functools.partial` returns, and a bound method, for ASGI 2.
    """
    if why_not := why_not_three_arguments(candidate):
        return why_not
    call = candidate if inspect.isfunction(candidate) else candidate.__call__
    return "" if inspect.iscoroutinefunction(call) else "Uvicorn sees no coroutine function in it"


def why_not_three_arguments(candidate: Any) -> str:
    """Return why it cannot be called with scope, receive and send, or ""."""
    if not callable(candidate):
        return f"a {type(candidate).__name__} cannot be called"
    if inspect.isclass(candidate):
        return "it is a class, not an instance of one"
    try:
        inspect.signature(candidate).bind({}, None, None)
    except TypeError:
        return "it does not take scope, receive and send"
    return ""


def check_websocket_routes(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Look at what `WEBSOCKET_ROUTES` names."""
    try:
        routes = websocket_routes()
    except Exception as error:  # noqa: BLE001  # whatever the import of a project may raise
        return [NO_ROUTES.message(reason=" ".join(str(error).split()))]
    reasons = list(_why_not_routes(routes))
    return [NO_ROUTES.message(reason=reason) for reason in reasons]


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
