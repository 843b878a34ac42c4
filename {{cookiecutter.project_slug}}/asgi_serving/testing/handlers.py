"""The handler of production, for Django's test clients: it returns a response instead of sending it."""

import asyncio
import os
from asyncio import AbstractEventLoop
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from functools import lru_cache, partial
from io import BytesIO
from typing import Any, override

from asgiref.sync import async_to_sync, sync_to_async
from django.http import HttpRequest
from django.test.client import (
    aclosing_iterator_wrapper,
    closing_iterator_wrapper,
    conditional_content_removal,
)
from django.urls import get_script_prefix, set_script_prefix

from asgi_serving.handler.handler import Handler
from asgi_serving.handler.lanes import Lanes, RequestLane
from asgi_serving.settings import ServingSettings, serving_settings
from asgi_serving.testing.connections import BorrowedConnections, connections_stay_open
from asgi_serving.testing.environ import scope_of
from asgi_serving.types import Message, Receive, Scope, Send

CHUNK = 64 * 1024
"""Bytes of a request's body that a server hands on at once."""


class Exchange:
    """A request of a test and its response.

    meta: what `request.META` shall have, whatever the scope can express.
    """

    def __init__(self, body: bytes, meta: Mapping[str, Any], lent: BorrowedConnections) -> None:
        """Take what a test sends, and the connections for its answer."""
        self.meta = meta
        self.connections = lent
        self.request: Any = None
        self.response: Any = None
        self._chunks = [body[at : at + CHUNK] for at in range(0, len(body), CHUNK)] or [b""]
        self._chunks.reverse()

    async def receive(self) -> Message:
        """Return the next part of the body; then wait, as a client does for its answer."""
        if not self._chunks:
            await asyncio.Event().wait()
        body = self._chunks.pop()
        return {"type": "http.request", "body": body, "more_body": bool(self._chunks)}

    async def send(self, message: Message) -> None:
        """Do nothing: a test looks at the response, not at its bytes."""


current: ContextVar[Exchange] = ContextVar("current")
"""What the code at hand answers."""


class BorrowingLane(RequestLane):
    """Runs each call with the connections of the test that waits for it."""

    __slots__ = ("connections",)

    def __init__(self, lanes: Lanes, loop: AbstractEventLoop) -> None:
        """Find the test's connections."""
        super().__init__(lanes, loop)
        self.connections = current.get().connections

    @override
    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        return super().submit(self.connections.use, fn, *args, **kwargs)


class _LanesOfTests(Lanes):
    """Lanes of more than one event loop: each test may have its own."""

    @override
    def submit(self, request: RequestLane, call: Any) -> bool:
        if not self._waiting:
            self._watches = False  # the loop that should watch over others may have ended
        return super().submit(request, call)


@lru_cache(maxsize=8)
def _lanes(settings: ServingSettings, process: int) -> Lanes:
    """Return the lanes of a process; what it was forked from has others, with threads."""
    return _LanesOfTests(
        settings.lanes, settings.lanes_queue, settings.lanes_wait, reuse=settings.lanes_reuse
    )


class _KeptBody(BytesIO):
    """A body that a test can look at when the request is over."""

    @override
    def close(self) -> None:
        pass


class AsyncClientHandler(Handler):
    """Takes the place of `django.test.client.AsyncClientHandler`."""

    lane_class = BorrowingLane

    def __init__(self, enforce_csrf_checks: bool = True) -> None:
        """Load no middleware yet: a test may change the settings before its first request."""
        self.enforce_csrf_checks = enforce_csrf_checks

    async def __call__(self, scope: dict[str, Any]) -> Any:  # type: ignore[override]  # as the client calls it
        """Return the response to a request."""
        body = scope.pop("_body_file", None)
        content = body.read() if body is not None else b""
        lent = await sync_to_async(self.prepare)()
        return await self.answer(scope, Exchange(content, {}, lent))

    def prepare(self) -> BorrowedConnections:
        """Load the middleware if need be, as a starting server does: outside of any event loop."""
        if self._middleware_chain is None:
            self.load_middleware(is_async=True)
        return BorrowedConnections()

    async def answer(self, scope: dict[str, Any], exchange: Exchange) -> Any:
        """Return the response to a request; a stream in it is read, and ended, by the test."""
        self.lanes = _lanes(serving_settings(), os.getpid())
        prefix = get_script_prefix()
        token = current.set(exchange)
        try:
            with exchange.connections.shared():
                await super().__call__(scope, exchange.receive, exchange.send)
        finally:
            current.reset(token)
            set_script_prefix(prefix)
        response = exchange.response
        response.asgi_request = exchange.request
        if response.streaming:
            closing = aclosing_iterator_wrapper if response.is_async else closing_iterator_wrapper
            response.streaming_content = closing(response.streaming_content, response.close)
        return response

    @override
    async def read_body(self, receive: Receive) -> Any:
        with await super().read_body(receive) as body:
            return _KeptBody(body.read())

    @override
    async def start(self, scope: Scope, lane: RequestLane) -> bool:
        with connections_stay_open:
            started = await super().start(scope, lane)
        if lane.begin is not None:
            lane.begin = partial(current.get().connections.use, lane.begin)
        return started

    @override
    def create_request(self, scope: Mapping[str, Any], body_file: Any) -> tuple[Any, Any]:
        exchange = current.get()
        request: Any
        request, refused = super().create_request(scope, body_file)
        if request is not None:
            request._dont_enforce_csrf_checks = not self.enforce_csrf_checks  # noqa: SLF001  # as Django's
            request.META.update(exchange.meta)
            exchange.request = request
        return request, refused

    @override
    def leave_lane(self, lane: RequestLane, response: Any, send: Send) -> Send:
        return send  # the test has the response, and nobody waits for it

    @override
    async def send_response(self, response: Any, send: Send) -> None:
        exchange = current.get()
        exchange.response = response
        conditional_content_removal(exchange.request or HttpRequest(), response)
        if not response.streaming:
            await super().send_response(response, send)

    @override
    async def finish(self, response: Any, lane: RequestLane, *, started: bool) -> None:
        if response is not None and response.streaming:
            return
        with connections_stay_open:
            await super().finish(response, lane, started=started)


class ClientHandler(AsyncClientHandler):
    """Takes the place of `django.test.client.ClientHandler`."""

    @override
    def __call__(self, environ: dict[str, Any]) -> Any:  # type: ignore[override]  # as above
        """Return the response to a request, when it is complete."""
        scope, body, meta = scope_of(environ)
        answer = async_to_sync(self.answer)
        exchange = Exchange(body, meta, self.prepare())
        if _a_loop_is_running():  # in a coroutine, or in a test that drives a browser
            with ThreadPoolExecutor(1) as thread:
                response = thread.submit(copy_context().run, answer, scope, exchange).result()
        else:
            response = answer(scope, exchange)
        response.wsgi_request = response.asgi_request
        if response.wsgi_request is not None:
            response.wsgi_request.environ = environ  # tests look at it, and views find none
        return response


def _a_loop_is_running() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
