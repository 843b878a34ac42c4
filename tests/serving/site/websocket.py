"""A WebSocket that echoes."""

from asgi_serving.types import Application, Receive, Scope, Send


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})


routes: dict[str, Application] = {"/ws/echo/": echo}
