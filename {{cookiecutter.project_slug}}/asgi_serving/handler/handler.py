"""Django's ASGI handler without its thread hops.

Stock Django, at every request, starts a thread, sends two signals on it, closes the response on
it, and starts a task that waits for the client to leave. Here a request takes a lane only when
something synchronous must run, and the rest happens on the event loop. What the views, the
middleware and the receivers of signals see is the same: Django's own tests say so.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from functools import lru_cache, partial
from io import BytesIO
from types import FunctionType
from typing import Any, override

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.conf import settings
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, ASGIRequest, get_script_prefix
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.http import FileResponse, HttpRequest
from django.http import response as responses
from django.urls import ResolverMatch, set_script_prefix

from asgi_serving.databases.request_connections import are_open, release
from asgi_serving.drain import drain
from asgi_serving.handler.disconnect_watch import DisconnectWatch
from asgi_serving.handler.file_streams import read_in_pieces
from asgi_serving.handler.lanes import LaneContext, Lanes, NoLaneFree, RequestLane, current_lane
from asgi_serving.handler.middleware_loading import (
    answers_errors,
    is_synchronous,
    native_loading,
)
from asgi_serving.handler.request_signals import call, receivers_of
from asgi_serving.types import Message, Receive, Scope, Send

PROVEN_ON = ((5, 2), (6, 0), (6, 1))
"""The Django versions whose own tests this handler has passed."""


class Handler(ASGIHandler):
    """`django.core.handlers.asgi.ASGIHandler`, with lanes.

    `__call__` is Django's own, because packages that watch over requests replace it.
    """

    lane_class = RequestLane
    _middleware_chain: Any

    def __init__(self, lanes: Lanes) -> None:
        """Load the middleware, and take threads from these lanes."""
        self.lanes = lanes
        super().__init__()

    @override
    def load_middleware(self, is_async: bool = False) -> None:
        """Load natively asynchronous middleware in place of Django's own.

        One that is synchronous alone keeps the request's lane until there is an answer, so nothing
        is gained by what is asynchronous around it, and each change between them switches threads
        twice. All run on the lane then, as under WSGI.
        """
        self.runs_on_lane = is_async and any(map(is_synchronous, settings.MIDDLEWARE))
        if self.runs_on_lane:
            super().load_middleware(is_async=False)
            chain = sync_to_async(self._middleware_chain, thread_sensitive=True)
            self._middleware_chain = answers_errors(chain)
        else:
            with native_loading():
                super().load_middleware(is_async)

    @override
    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request on a lane of its own, as far as it is synchronous."""
        lane = self.lane_class(self.lanes, asyncio.get_running_loop())
        token = current_lane.set(lane)
        whole = False
        try:
            async with LaneContext(executor=lane):
                whole = await self.respond(scope, receive, send, lane)
        finally:
            current_lane.reset(token)
            lane.finish(whole=whole)

    async def respond(self, scope: Scope, receive: Receive, send: Send, lane: RequestLane) -> bool:
        """Read the request, answer it and clean up; tell whether it came to its end."""
        try:
            body_file = await self.read_body(receive)
        except RequestAborted:
            return False
        with closing(body_file):
            set_script_prefix(get_script_prefix(scope))
            started = await self.start(scope, lane)
            response: Any = None  # what is left when the client leaves before there is one
            request, refused = self.create_request(scope, body_file)
            async with DisconnectWatch(receive) as watch:
                response = refused if request is None else await self.run_get_response(request)
                send_on = self.leave_lane(lane, response, send)
                if is_event_stream(response):
                    with drain.ends(watch.end):
                        await self.send_response(response, send_on)
                else:
                    await self.send_response(response, send_on)
            if watch.ended:  # and the client shall see that nothing is missing
                await send({"type": "http.response.body"})
            await self.finish(response, lane, started=started)
        return not watch.cut_short

    @override
    async def read_body(self, receive: Receive) -> Any:
        """Return the body as a file. Raises RequestAborted: the client left before it was whole."""
        message = await receive()
        if message["type"] == "http.request" and not message.get("more_body"):
            return BytesIO(message.get("body", b""))
        return await super().read_body(_after(message, receive))

    @override
    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        """Return the view of a request. Raises NoLaneFree: nobody could be told of the request."""
        lane = current_lane.get()
        if lane is not None and lane.refusal is not None:
            raise lane.refusal
        return super().resolve_request(request)

    @override
    async def run_get_response(self, request: HttpRequest) -> Any:
        """Return the response to a request."""
        response: Any = await super().run_get_response(request)
        response._handler_class = ASGIHandler  # noqa: SLF001  # receivers expect this sender
        return response

    @override
    def make_view_atomic(self, view: Callable[..., Any]) -> Callable[..., Any]:
        """Return the view as it is called: a synchronous one is adapted once, not every time."""
        atomic = super().make_view_atomic(view)
        if self.runs_on_lane:
            return atomic
        if iscoroutinefunction(atomic):
            if (lane := current_lane.get()) is not None:
                lane.admitted = True
            return atomic
        # Other callables need not have a hash, or may be equal to one another.
        return _adapted(view) if atomic is view and type(view) is FunctionType else atomic

    async def start(self, scope: Scope, lane: RequestLane) -> bool:
        """Send `request_started`: to Django's own receivers when the request takes a lane.

        Returns False when others had to be told and no lane was free for it.
        """
        receivers = receivers_of(request_started).only_djangos
        lane.end = _release_connections
        lane.needs_end = are_open
        if receivers is not None:
            lane.begin = partial(call, receivers, request_started, scope=scope)
            return True
        try:
            await request_started.asend(sender=ASGIHandler, scope=scope)
        except NoLaneFree:
            return False
        return True

    def leave_lane(self, lane: RequestLane, response: Any, send: Send) -> Send:
        """Give the lane back as early as can be, so that nobody waits for a client who reads slowly.

        Returns the `send` for the response. A whole response is handed to the server at once, so
        that what closes it may still have the lane. A stream that calls synchronous code takes a
        lane for each call, and so does what closes it: what a middleware cleans up in the thread
        when a stream ends is still there, so nobody else gets that thread.
        """
        if not response.streaming:
            if _closes_without_lane(response):
                lane.finish(whole=True)
            return send
        if isinstance(response, FileResponse) and not response.is_async:
            content: Any = response.streaming_content
            response.streaming_content = read_in_pieces(content)
        if response.is_async:
            lane.finish(whole=False)
            return send

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.body":  # its iterator has been read to its end
                lane.finish(whole=False)
            await send(message)

        return send_on

    @override
    @classmethod
    def chunk_bytes(cls, data: Any) -> Iterator[tuple[Any, bool]]:
        """Yield all of it: the server takes it as a whole, and nobody waits for the client."""
        yield data, True

    async def finish(self, response: Any, lane: RequestLane, *, started: bool) -> None:
        """Close the response and send `request_finished`, if `request_started` was sent."""
        receivers = receivers_of(request_finished).only_djangos
        if response is not None and (not started or _closes_without_lane(response)):
            for closer in response._resource_closers:  # noqa: SLF001  # no public way
                with suppress(Exception):
                    closer()
            response._resource_closers.clear()  # noqa: SLF001  # as its own method does
            response.closed = True
            if started:
                # Connections are the lanes', which close them.
                others = [r for r in receivers or () if r is not close_old_connections]
                call(others, request_finished)
            return
        # What the request has left behind must be cleaned up, however long a lane takes.
        lane.refusal, lane.admitted = None, True
        if response is None:
            await request_finished.asend(sender=ASGIHandler)
        else:
            await sync_to_async(response.close)()


def is_event_stream(response: Any) -> bool:
    """Tell whether a response goes on for as long as its client likes (server-sent events)."""
    kind: str = response.get("Content-Type", "")
    return bool(response.streaming) and kind.startswith("text/event-stream")


def _after(first: Message, receive: Receive) -> Receive:
    """Return a `receive` that gives a message again which was received already."""
    messages = [first]

    async def receive_again() -> Message:
        return messages.pop() if messages else await receive()

    return receive_again


@lru_cache(maxsize=1024)
def _adapted(view: Callable[..., Any]) -> Callable[..., Any]:
    return sync_to_async(view, thread_sensitive=True)


def _release_connections(thread_goes_on: bool) -> None:
    """Do on the lane what `request_finished` does on the thread that sends it, and more."""
    if receivers_of(request_finished).close_connections:
        release(thread_goes_on=thread_goes_on)


def _closes_without_lane(response: Any) -> bool:
    """Whether closing does what Django's own does, tells nobody else, and cannot block."""
    if receivers_of(request_finished).only_djangos is None:
        return False
    if "close" in vars(response) or not _is_djangos(type(response).close):
        return False
    closers = response._resource_closers  # noqa: SLF001  # no public way
    return all(
        isinstance(request := getattr(closer, "__self__", None), ASGIRequest)
        and not hasattr(request, "_files")
        for closer in closers
    )


def _is_djangos(close: Callable[..., Any]) -> bool:
    """Whether nobody has overridden this method, or put another function in its place."""
    return type(close) is FunctionType and close.__code__.co_filename == responses.__file__
