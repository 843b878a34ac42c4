"""WebSockets that echo, capture a part of their path, and ask the database."""

import threading

from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model

from asgi_serving.routing import websocket
from asgi_serving.types import Receive, Scope, Send
from tests.serving.site import realtime


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})


async def room(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": repr(scope["url_route"]["kwargs"])})
    await send({"type": "websocket.close"})


async def users(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer each message with the number of users and the thread that counted them."""

    def count() -> str:
        number = get_user_model().objects.count()
        return f"{number} {threading.current_thread().name}"

    await receive()
    await send({"type": "websocket.accept"})
    while (await receive())["type"] == "websocket.receive":
        try:
            answer = await sync_to_async(count)()
        except Exception as error:  # noqa: BLE001  # the test wants to know
            answer = type(error).__name__
        await send({"type": "websocket.send", "text": answer})


routes = [
    websocket("ws/echo/", echo),
    websocket("ws/room/<int:number>/", room),
    websocket("ws/users/", users),
    *realtime.routes,
]
