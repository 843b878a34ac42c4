"""The same by Channels: the application that Daphne serves."""

import json
import os
import time

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "connections_site.settings")
django = get_asgi_application()

from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from channels.layers import get_channel_layer  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402
from connections_site import urls  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402


class Listener(AsyncWebsocketConsumer):
    async def connect(self):
        await self.channel_layer.group_add("all", self.channel_name)
        await self.accept()

    async def disconnect(self, code):
        await self.channel_layer.group_discard("all", self.channel_name)

    async def told(self, event):
        await self.send(text_data=json.dumps(event["message"]))


async def tell(request: HttpRequest) -> HttpResponse:
    message = {"at": time.monotonic()}
    await get_channel_layer().group_send("all", {"type": "told", "message": message})
    return HttpResponse()


urls.urlpatterns.insert(0, path("tell/", tell))
routes = URLRouter([path("listen/", Listener.as_asgi())])
application = ProtocolTypeRouter({"http": django, "websocket": AllowedHostsOriginValidator(routes)})
