"""From Django's test clients to an ASGI handler, and back.

The clients' own handlers call the middleware themselves. Here they make an ASGI scope of what they
were given, and the handler is called as a server calls it, on an event loop of its own thread.
What the client gets back is the very response of the view, which carries all that tests look at.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import Future
from contextvars import Context, ContextVar
from typing import Any

from django.test.client import AsyncClientHandler, ClientHandler, conditional_content_removal

from .database import keep_connections
from .patience import DEADLINE
from .scope import scope_of


class Bridge:
    """The event loop that handlers are called on."""

    def __init__(self, make_handler: Callable[[], Any]) -> None:
        """Start the loop; it ends with the process."""
        self._make_handler = make_handler
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="bridge", daemon=True).start()

    def install(self) -> None:
        """Put this in place of what the test clients call."""

        def call(client: Any, environ: dict[str, Any]) -> Any:
            body = environ["wsgi.input"].read()
            return self._send(client, scope_of(environ), body).result(DEADLINE)

        async def call_async(client: Any, scope: dict[str, Any]) -> Any:
            file = scope.pop("_body_file", None)
            future = self._send(client, scope, file.read() if file else b"")
            return await asyncio.wait_for(asyncio.wrap_future(future), DEADLINE)

        ClientHandler.__call__ = call
        AsyncClientHandler.__call__ = call_async
        # Subclasses change the request in it before they call it: see `_Exchange.request_made`.
        ClientHandler.get_response = lambda *_: None

    def _send(self, client: Any, scope: dict[str, Any], body: bytes) -> Future[Any]:
        if client._middleware_chain is None:  # noqa: SLF001  # what Django's own look at
            keep_connections()
            client._middleware_chain = _watched(self._make_handler())  # noqa: SLF001
        exchange = _Exchange(client, body)
        answer = exchange.run(client._middleware_chain, scope)  # noqa: SLF001
        # A server does not hand on the context of its client; that of tests grows without end.
        return Context().run(asyncio.run_coroutine_threadsafe, answer, self._loop)


class _Exchange:
    """One request and its response."""

    def __init__(self, client: Any, body: bytes) -> None:
        self.client = client
        self.body: bytes | None = body
        self.chunks: list[bytes] = []
        self.request: Any = None
        self.response: Any = None

    async def run(self, handler: Any, scope: dict[str, Any]) -> Any:
        """Call the handler, and return the response that it sent."""
        _current.set(self)
        await handler(scope, self.receive, self.send)
        response = self.response
        if response.streaming:  # its content was sent, and is needed again
            whole = _asynchronous(self.chunks) if response.is_async else iter(self.chunks)
            response.streaming_content = whole
        conditional_content_removal(self.request, response)
        response.wsgi_request = response.asgi_request = self.request
        return response

    async def receive(self) -> dict[str, Any]:
        """Give the body, and then nothing more: the client waits."""
        body, self.body = self.body, None
        if body is None:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(self, message: dict[str, Any]) -> None:
        """Keep the body."""
        if message.get("body"):
            self.chunks.append(message["body"])

    def request_made(self, request: Any) -> None:
        """Do to the request what the client does before it hands it over."""
        self.request = request
        request._dont_enforce_csrf_checks = not self.client.enforce_csrf_checks  # noqa: SLF001
        if isinstance(self.client, ClientHandler):
            self.client.get_response(request)


_current: ContextVar[_Exchange] = ContextVar("exchange")


def _watched(handler: Any) -> Any:
    """Return the handler, changed to show its requests and responses to their exchange."""
    create_request = handler.create_request

    def create_and_show(*arguments: Any) -> Any:
        request, error = create_request(*arguments)
        if request is not None:
            _current.get().request_made(request)
        return request, error

    async def show_and_send(response: Any, send: Any) -> None:
        _current.get().response = response
        await type(handler).send_response(handler, response, send)

    # Not a subclass: signals have the class as their sender.
    handler.create_request, handler.send_response = create_and_show, show_and_send
    return handler


async def _asynchronous(chunks: Iterable[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk
