"""The WebSockets of the site: for each path the ASGI application that serves it.

A clock that tells the time once::

    async def clock(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": timezone.now().isoformat()})
        await send({"type": "websocket.close"})

    routes = {"/ws/clock/": clock}

Connections from other origins are refused before they reach it; see `asgi_serving.application.websocket`.
"""

from asgi_serving.types import Application

routes: dict[str, Application] = {}
