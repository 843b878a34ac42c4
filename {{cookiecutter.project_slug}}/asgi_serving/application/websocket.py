"""WebSockets: who may open one, and which application serves it."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host
from django.utils.http import is_same_domain
from django.utils.module_loading import import_string

from asgi_serving.settings import InvalidSettings, serving_settings
from asgi_serving.types import Application, Receive, Scope, Send


class WebSocketRouter:
    """ASGI application that hands a WebSocket to the application of its path.

    Browsers let any page open a WebSocket to any site and send that site's cookies along, so
    an `Origin` other than the site itself or `CSRF_TRUSTED_ORIGINS` is refused. Clients that
    are no browsers send none.
    """

    def __init__(self, routes: Mapping[str, Application]) -> None:
        """Take the routes: path to application."""
        self.routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the connection, or refuse it before it is accepted."""
        application = self.routes.get(scope["path"])
        if application is None:
            await _refuse(404, scope, receive, send)
        elif not is_trusted(scope):
            await _refuse(403, scope, receive, send)
        else:
            await application(scope, receive, send)


def websocket_routes() -> Mapping[str, Application]:
    """Return what the setting names: for each path the application of its WebSockets.

    Raises InvalidSettings: it names nothing, or no dictionary. What the named module itself raises
    is raised as it is.
    """
    name = serving_settings().websocket_routes
    if not name:
        return {}
    try:
        routes = import_string(name)
    except ImportError as error:
        if error.name and not f"{name}.".startswith(f"{error.name}."):
            raise  # the module is there, and what it imports is not
        raise InvalidSettings(f"ASGI_SERVING['WEBSOCKET_ROUTES']: {error}") from error
    if not isinstance(routes, Mapping):
        kind = type(routes).__name__
        raise InvalidSettings(f"ASGI_SERVING['WEBSOCKET_ROUTES'] names a {kind}, and no dict")
    return routes


def is_trusted(scope: Scope) -> bool:
    """Tell whether the host is ours, and the origin ours or trusted."""
    headers = {name: str(value, "latin-1") for name, value in scope["headers"]}
    host = headers.get(b"host", "")
    if not validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS):
        return False
    if (origin := headers.get(b"origin")) is None:
        return True
    scheme = "https" if scope["scheme"] == "wss" else "http"
    return origin == f"{scheme}://{host}" or any(
        _matches(origin, trusted) for trusted in settings.CSRF_TRUSTED_ORIGINS
    )


def _matches(origin: str, trusted: str) -> bool:
    """Compare as Django's CSRF check does: exactly, or by `https://*.example.com`."""
    given, allowed = urlsplit(origin), urlsplit(trusted)
    if not allowed.netloc.startswith("*."):
        return origin == trusted
    return given.scheme == allowed.scheme and is_same_domain(given.netloc, allowed.netloc[1:])


async def _refuse(status: int, scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    if "websocket.http.response" in scope.get("extensions", {}):
        await send({"type": "websocket.http.response.start", "status": status, "headers": []})
        await send({"type": "websocket.http.response.body", "body": b""})
    else:
        await send({"type": "websocket.close"})
