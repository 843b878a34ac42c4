"""Ends a request whose client has left."""

import asyncio
from types import TracebackType
from typing import Any, Final, Self

from asgi_serving.types import Receive

WATCH_AFTER: Final = 0.02
"""After how long a request begins to watch whether its client left, in seconds.

Watching costs a task; most requests are over before, and the cancellation of a longer one is no
later by a time that a person would notice.
"""


class DisconnectWatch:
    """Cancels the task when the client leaves, as Django does, but begins to watch a little late.

    Modelled on `asyncio.timeout`, which cancels and takes the cancellation back in the same way.

    cut_short: whether the task was cancelled.
    ended: whether that was because of `end`, and its client is still there.
    """

    __slots__ = (
        "_cancelling", "_error", "_left", "_listener", "_receive", "_task", "_timer", "cut_short",
        "ended",
    )  # fmt: skip

    def __init__(self, receive: Receive) -> None:
        """Take what tells when the client leaves."""
        self._receive = receive
        self._listener: asyncio.Task[None] | None = None
        self._left = False
        self._error: AssertionError | None = None
        self.cut_short = False
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
        self.cut_short = True
        ours = self._task.uncancel() <= self._cancelling and exc_type is asyncio.CancelledError
        self.ended = self.ended and ours
        if ours and self._error:
            raise self._error
        return ours
