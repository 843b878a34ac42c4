"""The ASGI application: where each kind of connection goes."""

from urllib.parse import urlsplit

from django.conf import settings

from asgi_serving.application.access_log import AccessLog
from asgi_serving.application.lifespan import Lifespan
from asgi_serving.application.probes import livez, readyz
from asgi_serving.application.request_bodies import RequestBodies
from asgi_serving.application.static import StaticFiles, serves_static_files
from asgi_serving.application.websocket import WebSocketRouter, websocket_routes
from asgi_serving.handler.lanes import Lanes
from asgi_serving.telemetry.start import observed
from asgi_serving.types import Application, Receive, Scope, Send


class Gateway:
    """Lifespan, probes, static files, WebSockets; and Django for all other requests."""

    def __init__(self, django: Application, lanes: Lanes | None) -> None:
        """Put the parts together, around Django's own ASGI application and its lanes."""
        django = RequestBodies(django)
        self.lifespan = Lifespan()
        self.probes: dict[str, Application] = {"/livez": livez, "/readyz": readyz}
        self.django = observed(AccessLog(django))
        self.static_prefix, self.static = "", self.django
        if serves_static_files():
            self.static_prefix = urlsplit(settings.STATIC_URL).path
            self.static = AccessLog(StaticFiles(django))
        self.websocket = WebSocketRouter(websocket_routes(), lanes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the connection to the part that serves it."""
        await self._application(scope)(scope, receive, send)

    def _application(self, scope: Scope) -> Application:
        if scope["type"] == "lifespan":
            return self.lifespan
        if scope["type"] == "websocket":
            return self.websocket
        path: str = scope["path"]
        if path in self.probes:
            return self.probes[path]
        return self.static if path.startswith(self.static_prefix) else self.django
