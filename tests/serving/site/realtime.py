"""A chat, notifications and what publishes them; sockets and streams that tell of themselves."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from asgi_serving.realtime import (
    Event,
    apublish,
    authenticated,
    event_stream,
    forwarded,
    last_event_id,
    publish,
    subscribed,
)
from asgi_serving.routing import websocket
from asgi_serving.types import Receive, Scope, Send

logger = logging.getLogger(__name__)


async def chat(scope: Scope, receive: Receive, send: Send) -> None:
    room = f"chat-{scope['url_route']['kwargs']['room']}"
    await receive()
    await send({"type": "websocket.accept"})
    async with subscribed(room, missed="missed") as messages, forwarded(messages, send):
        await send({"type": "websocket.send", "text": json.dumps(str(scope.get("user")))})
        while (event := await receive())["type"] == "websocket.receive":
            await apublish(room, {"said": event["text"]})


async def flood(scope: Scope, receive: Receive, send: Send) -> None:
    """Send until the client takes no more, and tell so."""
    await receive()
    await send({"type": "websocket.accept"})
    while True:
        sending = asyncio.ensure_future(send({"type": "websocket.send", "text": "x" * 65536}))
        await asyncio.sleep(0)
        if not sending.done():
            logger.info("The flood waits for its client")
        await sending


async def notifications(request: HttpRequest, group: str) -> StreamingHttpResponse:
    user = await request.auser()
    seen = last_event_id(request)

    async def events() -> AsyncGenerator[Event]:
        async with subscribed(group) as messages, asyncio.timeout(3600):
            yield Event({"user": str(user), "seen": seen}, name="hello")
            async for message in messages:
                yield Event(message, id=message["number"])

    return event_stream(events())


@csrf_exempt
def tell(request: HttpRequest, group: str) -> HttpResponse:
    """Publish from a synchronous view what was posted."""
    publish(group, json.loads(request.body))
    return HttpResponse()


@csrf_exempt
async def tell_async(request: HttpRequest, group: str) -> HttpResponse:
    await apublish(group, json.loads(request.body))
    return HttpResponse()


routes = [
    websocket("ws/chat/<slug:room>/", authenticated(chat)),
    websocket("ws/open-chat/<slug:room>/", authenticated(chat, allow_anonymous=True)),
    websocket("ws/flood/", flood),
]
urlpatterns = [
    path("notifications/<slug:group>/", notifications),
    path("tell/<slug:group>/", tell),
    path("tell-async/<slug:group>/", tell_async),
]
