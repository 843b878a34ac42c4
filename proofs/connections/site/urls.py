"""What all connections wait for, and the page that tells them all."""

import time
from collections.abc import AsyncGenerator

from asgi_serving.realtime import Event, apublish, event_stream, forwarded, subscribed
from asgi_serving.routing import websocket
from asgi_serving.types import Receive, Scope, Send
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import include, path


async def listen(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    async with subscribed("all") as messages, forwarded(messages, send):
        while (await receive())["type"] == "websocket.receive":
            pass


async def events(request: HttpRequest) -> StreamingHttpResponse:
    async def stream() -> AsyncGenerator[Event]:
        async with subscribed("all") as messages:
            async for message in messages:
                yield Event(message)

    return event_stream(stream())


async def tell(request: HttpRequest) -> HttpResponse:
    await apublish("all", {"at": time.monotonic()})
    return HttpResponse()


routes = [websocket("listen/", listen)]
urlpatterns = [
    path("events/", events),
    path("tell/", tell),
    path("", include("config.urls")),
]
