"""The WebSockets of the site: for each path the ASGI application that serves it.

A clock that tells the time once, in `seconds` or `milliseconds`::

    async def clock(scope: Scope, receive: Receive, send: Send) -> None:
        precision = scope["url_route"]["kwargs"]["precision"]
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": timezone.now().isoformat(timespec=precision)})
        await send({"type": "websocket.close"})

    routes = [websocket("ws/clock/<precision>/", clock)]

Connections from other origins are refused before they reach it; see `asgi_serving.application.websocket`.
"""

from asgi_serving.routing import Routes

routes: Routes = []
