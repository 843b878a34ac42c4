"""The project's application, handed on by a function that Uvicorn takes for ASGI 2."""

from collections.abc import Awaitable

from asgi_serving.types import Receive, Scope, Send
from config.asgi import application as served


def application(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
    return served(scope, receive, send)
