"""Django's ASGI handler without its thread hops.

Stock Django, at every request, starts a thread, sends two signals on it, closes the response on
it, and starts a task that waits for the client to leave. Here a request takes a lane only when
something synchronous must run, and the rest happens on the event loop. What the views, the
middleware and the receivers of signals see is the same: Django's own tests say so.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import closing, suppress
from functools import lru_cache, partial
from io import BytesIO
from types import TracebackType
from typing import Any, Self, override

import django
from asgiref.sync import ThreadSensitiveContext, iscoroutinefunction, sync_to_async
from django.conf import settings
from django.core.cache import close_caches
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, ASGIRequest, get_script_prefix
from django.core.handlers.base import reset_urlconf
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connections, reset_queries
from django.dispatch import Signal
from django.http import HttpRequest, HttpResponse
from django.urls import set_script_prefix

from serving.drain import drain
from serving.lanes import Lanes, NoLaneFree, RequestLane
from serving.types import Application, Message, Receive, Scope, Send

logger = logging.getLogger("serving.lanes")

PROVEN_ON = ((6, 1),)
"""The Django versions whose own tests this handler has passed."""

WATCH_AFTER = 0.02
"""After how long a request begins to watch whether its client left, in seconds.

Watching costs a task; most requests are over before, and the cancellation of a longer one is no
later by a time that a person would notice.
"""

NATIVE = {
    "django.contrib.auth.middleware.AuthenticationMiddleware": "serving.auth_middleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware": "serving.auth_middleware",
    "django.contrib.messages.middleware.MessageMiddleware": "serving.middleware",
    "django.contrib.sessions.middleware.SessionMiddleware": "serving.middleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware": "serving.middleware",
    "django.middleware.common.CommonMiddleware": "serving.middleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware": "serving.middleware",
    "django.middleware.csrf.CsrfViewMiddleware": "serving.middleware",
    "django.middleware.gzip.GZipMiddleware": "serving.middleware",
    "django.middleware.http.ConditionalGetMiddleware": "serving.middleware",
    "django.middleware.locale.LocaleMiddleware": "serving.middleware",
    "django.middleware.security.SecurityMiddleware": "serving.middleware",
}
"""Django's middleware, and the module that has a native one of the same name."""

Receiver = Callable[..., Any]
OWN_RECEIVERS = frozenset({reset_queries, close_old_connections, close_caches, reset_urlconf})
"""What Django itself connects to the signals of a request."""

_looked_up: dict[Signal, tuple[list[Any], list[Receiver] | None]] = {}
"""What was connected to a signal, and Django's own of it if it was nothing else."""


class Handler(ASGIHandler):
    """`django.core.handlers.asgi.ASGIHandler`, with lanes."""

    def __init__(self, lanes: Lanes) -> None:
        """Load the middleware, and take threads from these lanes."""
        self.lanes = lanes
        super().__init__()

    @override
    def load_middleware(self, is_async: bool = False) -> None:
        """Load natively asynchronous middleware in place of Django's own."""
        listed = settings.MIDDLEWARE
        settings.MIDDLEWARE = [native_middleware(path) for path in listed]
        try:
            super().load_middleware(is_async)
        finally:
            settings.MIDDLEWARE = listed

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request. Raises ValueError when it is no HTTP request."""
        if scope["type"] != "http":
            raise ValueError(f"Django can only handle ASGI/HTTP connections, not {scope['type']}.")
        lane = RequestLane(self.lanes, asyncio.get_running_loop())
        try:
            async with ThreadSensitiveContext(executor=lane):
                await self.respond(scope, receive, send, lane)
        finally:
            lane.finish()

    async def respond(self, scope: Scope, receive: Receive, send: Send, lane: RequestLane) -> None:
        """Read the request, answer it and clean up: what `ASGIHandler.handle` does."""
        try:
            body_file = await self.read_body(receive)
        except RequestAborted:
            return
        with closing(body_file):
            set_script_prefix(get_script_prefix(scope))
            response = None
            try:
                await self.start(scope, lane)
                request, response = self.create_request(scope, body_file)
                async with _DisconnectWatch(receive) as watch:
                    if request is not None:
                        response = await self.run_get_response(request)
                    if is_event_stream(response):
                        with drain.ends(watch.end):
                            await self.send_response(response, send)
                    else:
                        await self.send_response(response, send)
                if watch.ended:  # and the client shall see that nothing is missing
                    await send({"type": "http.response.body"})
            except NoLaneFree as error:
                if response is not None:  # it was being sent
                    raise
                response = busy(error, self.lanes)
                await self.send_response(response, send)
            await self.finish(response)

    @override
    async def read_body(self, receive: Receive) -> Any:
        """Return the body as a file. Raises RequestAborted: the client left before it was whole."""
        message = await receive()
        if message["type"] == "http.request" and not message.get("more_body"):
            return BytesIO(message.get("body", b""))
        return await super().read_body(_after(message, receive))

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
        return _adapted(view) if atomic is view and not iscoroutinefunction(view) else atomic

    async def start(self, scope: Scope, lane: RequestLane) -> None:
        """Send `request_started`: to Django's own receivers when the request takes a lane."""
        receivers = _own_receivers(request_started)
        if receivers is None:
            await request_started.asend(sender=ASGIHandler, scope=scope)
        else:
            lane.begin = partial(_call, receivers, request_started, scope=scope)
        lane.end = _close_connections
        lane.needs_end = _has_connection

    async def finish(self, response: Any) -> None:
        """Close the response and send `request_finished`."""
        receivers = _own_receivers(request_finished)
        if response is None:
            await request_finished.asend(sender=ASGIHandler)
        elif receivers is not None and _closes_at_once(response):
            for closer in response._resource_closers:  # noqa: SLF001  # no public way
                with suppress(Exception):
                    closer()
            response._resource_closers.clear()  # noqa: SLF001  # as its own method does
            response.closed = True
            # Connections are the lanes', which close them.
            _call([r for r in receivers if r is not close_old_connections], request_finished)
        else:
            await sync_to_async(response.close)()


def get_handler() -> Application:
    """Set Django up, and return its ASGI application: the handler above where it was proven.

    The setting `LANES` names how many lanes there are, how many requests may wait for one and for
    how long; None leaves everything to Django's own handler.
    """
    django.setup(set_prefix=False)
    if settings.LANES is None or django.VERSION[:2] not in PROVEN_ON:
        return ASGIHandler()
    return Handler(Lanes(**settings.LANES))


def native_middleware(path: str) -> str:
    """Return the dotted name of the native middleware for Django's, and others as they are."""
    return f"{NATIVE[path]}.{path.rpartition('.')[2]}" if path in NATIVE else path


def is_event_stream(response: Any) -> bool:
    """Tell whether a response goes on for as long as its client likes (server-sent events)."""
    kind: str = response.get("Content-Type", "")
    return bool(response.streaming) and kind.startswith("text/event-stream")


def busy(error: NoLaneFree, lanes: Lanes) -> HttpResponse:
    """Return the answer for a request that got no lane."""
    logger.warning(
        "No lane is free, so a request was refused (%s): %d of %d busy, %d waiting",
        error, lanes.busy, lanes.size, lanes.waiting,
    )  # fmt: skip
    headers = {"Retry-After": str(max(1, round(lanes.wait)))}
    return HttpResponse(
        "Too many requests. Please try again in a moment.",
        status=503,
        content_type="text/plain; charset=utf-8",
        headers=headers,
    )


def _after(first: Message, receive: Receive) -> Receive:
    """Return a `receive` that gives a message again which was received already."""
    messages = [first]

    async def receive_again() -> Message:
        return messages.pop() if messages else await receive()

    return receive_again


@lru_cache(maxsize=1024)
def _adapted(view: Callable[..., Any]) -> Callable[..., Any]:
    return sync_to_async(view, thread_sensitive=True)


def _own_receivers(signal: Signal) -> list[Receiver] | None:
    """Return the receivers of a signal, or None when there are others than Django's own."""
    connected, own = _looked_up.get(signal, ([], None))
    if connected != signal.receivers or not connected:
        connected = list(signal.receivers)
        receivers, async_receivers = signal._live_receivers(ASGIHandler)  # noqa: SLF001  # no public way
        only_own = not async_receivers and OWN_RECEIVERS.issuperset(receivers)
        own = receivers if only_own else None
        _looked_up[signal] = connected, own
    return own


def _call(receivers: list[Receiver], signal: Signal, **named: Any) -> None:
    for receiver in receivers:
        receiver(signal=signal, sender=ASGIHandler, **named)


def _close_connections() -> None:
    """Do on the lane what `request_finished` does on the thread that sends it."""
    if close_old_connections in (_own_receivers(request_finished) or ()):
        close_old_connections()


def _has_connection() -> bool:
    return any(connection.connection for connection in connections.all(initialized_only=True))


def _closes_at_once(response: Any) -> bool:
    """Whether nothing of the response, or of its request, can block while it is closed."""
    closers = response._resource_closers  # noqa: SLF001  # no public way
    return all(
        isinstance(request := getattr(closer, "__self__", None), ASGIRequest)
        and not hasattr(request, "_files")
        for closer in closers
    )


class _DisconnectWatch:
    """Cancels the task when the client leaves, as Django does, but begins to watch a little late.

    Modelled on `asyncio.timeout`, which cancels and takes the cancellation back in the same way.
    """

    __slots__ = (
        "_cancelling", "_error", "_left", "_listener", "_receive", "_task", "_timer", "ended",
    )  # fmt: skip

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._listener: asyncio.Task[None] | None = None
        self._left = False
        self._error: AssertionError | None = None
        self.ended = False

    def end(self) -> None:
        """Do as if the client had left; `ended` tells afterwards that it had not."""
        self._left = self.ended = True
        self._task.cancel()

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._task: asyncio.Task[Any] = asyncio.current_task()  # type: ignore[assignment]  # we are in one
        self._cancelling = self._task.cancelling()
        self._timer = loop.call_later(WATCH_AFTER, self._begin)
        return self

    def _begin(self) -> None:
        self._listener = asyncio.ensure_future(self._listen())

    async def _listen(self) -> None:
        message = await self._receive()
        if message["type"] != "http.disconnect":
            self._error = AssertionError(
                f"Invalid ASGI message after request body: {message['type']}"
            )
        self._left = True
        self._task.cancel()

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        self._timer.cancel()
        if self._listener is not None:
            self._listener.cancel()
        if not self._left:
            return False
        ours = self._task.uncancel() <= self._cancelling and exc_type is asyncio.CancelledError
        self.ended = self.ended and ours
        if ours and self._error:
            raise self._error
        return ours
