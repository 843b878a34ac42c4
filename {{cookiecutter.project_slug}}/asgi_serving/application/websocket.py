"""WebSockets: who may open one, and which application serves it."""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host
from django.urls import Resolver404, URLResolver
from django.urls.resolvers import RegexPattern
from django.utils.http import is_same_domain
from django.utils.module_loading import import_string

from asgi_serving.application.visitors import network_of
from asgi_serving.databases.request_connections import release
from asgi_serving.handler.lanes import LaneContext, LanePerCall, Lanes
from asgi_serving.routing import Routes, websocket
from asgi_serving.settings import InvalidSettings, serving_settings
from asgi_serving.types import Application, Receive, Scope, Send

logger = logging.getLogger("asgi_serving.application.websocket")


class WebSocketRouter:
    """ASGI application that hands a WebSocket to the application of its path.

    Browsers let any page open a WebSocket to any site and send that site's cookies along, so
    an `Origin` other than the site itself or `CSRF_TRUSTED_ORIGINS` is refused. Clients that
    are no browsers send none.

    What a path captures is in the scope where Channels has it: `scope["url_route"]["kwargs"]`.
    """

    def __init__(self, routes: Routes, lanes: Lanes | None) -> None:
        """Take the routes, and the lanes on which synchronous code runs, call by call."""
        self.resolver = URLResolver(RegexPattern("^/"), list(routes))
        self.lanes = lanes
        self._open: Counter[str | None] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the connection, or refuse it before it is accepted."""
        try:
            match = self.resolver.resolve(scope["path"])
        except Resolver404:
            await refuse("there is no such path", scope, receive, send)
            return
        if not is_trusted(scope):
            await refuse("its host or origin is unknown", scope, receive, send)
            return
        network = network_of(scope)
        if full := self._why_full(network):
            await refuse(full, scope, receive, send)
            return
        scope["url_route"] = {"args": match.args, "kwargs": match.kwargs}
        with self._counted(network):
            await self._serve(match.func, scope, receive, send)

    async def _serve(
        self, application: Application, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if self.lanes is None:
            await application(scope, receive, send)
            return
        loop = asyncio.get_running_loop()
        async with LaneContext(executor=LanePerCall(self.lanes, loop, release)):
            await application(scope, receive, send)

    def _why_full(self, network: str | None) -> str:
        """Return why there is no room for one more WebSocket, or ""."""
        chosen = serving_settings()
        if self._open.total() >= chosen.websockets:
            return f"{chosen.websockets} are open (WEBSOCKETS)"
        if network is not None and self._open[network] >= chosen.websockets_per_visitor:
            return f"{network} has {chosen.websockets_per_visitor} open (WEBSOCKETS_PER_VISITOR)"
        return ""

    @contextmanager
    def _counted(self, network: str | None) -> Iterator[None]:
        self._open[network] += 1
        try:
            yield
        finally:
            self._open[network] -= 1
            self._open += Counter()  # forget who has none any more


def websocket_routes() -> Routes:
    """Return what the setting names: a list of `asgi_serving.routing.websocket(...)`.

    It may be a dictionary of exact paths, too.

    Raises InvalidSettings: it names nothing, or no routes. What the named module itself raises is
    raised as it is.
    """
    name = serving_settings().websocket_routes
    if not name:
        return []
    try:
        routes = import_string(name)
    except ImportError as error:
        if error.name and not f"{name}.".startswith(f"{error.name}."):
            raise  # the module is there, and what it imports is not
        raise InvalidSettings(f"ASGI_SERVING['WEBSOCKET_ROUTES']: {error}") from error
    if isinstance(routes, Mapping):
        routes = [websocket(exact.removeprefix("/"), served) for exact, served in routes.items()]
    if not isinstance(routes, list | tuple):
        kind = type(routes).__name__
        raise InvalidSettings(f"ASGI_SERVING['WEBSOCKET_ROUTES'] names a {kind}, and no list")
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


async def refuse(why: str, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer 403, as every server does when a connection is closed before it is accepted.

    A status of our own, by the extension `websocket.http.response`, makes Uvicorn log an error.
    """
    await receive()
    logger.warning("Refused a WebSocket to %r: %s", scope["path"], why)
    await send({"type": "websocket.close"})
