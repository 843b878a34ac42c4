"""Bodies that are still on their way: how many, and how slow, a worker bears.

A body is kept until its request is answered: its beginning in memory, the rest of a large one in a
file. Both would be full when some clients began many uploads and ended none.
"""

import asyncio
import logging
import shutil
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from typing import Final

from django.conf import settings

from asgi_serving.application.visitors import network_of
from asgi_serving.settings import serving_settings
from asgi_serving.types import Application, Message, Receive, Scope, Send

logger = logging.getLogger("asgi_serving.application.request_bodies")

SMALLEST: Final = 64 * 1024
"""Bytes that any unfinished body counts for: the server reads so many before it asks."""

LOWEST_RATE: Final = 4 * 1024
"""Bytes of a body that have to arrive in a second, on average: a bad telephone line does."""

OF_UNKNOWN_SIZE: Final = 16 * 1024 * 1024
"""Bytes on disk that are reserved for a body which does not tell its size."""


class NoRoomError(Exception):
    """Too much is on its way already."""


class RequestBodies:
    """ASGI application in front of another one, which gets bodies as long as there is room.

    One visitor may take half of what is left at most, so that others still find some. A request
    without a body, or with one that has arrived already, passes without being counted.
    """

    def __init__(self, application: Application) -> None:
        """Count nothing yet."""
        self.application = application
        self.chosen = serving_settings()
        self._memory: Counter[str | None] = Counter()
        self._disk: Counter[str | None] = Counter()
        self._changed = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request in when there is room for its body; answer 503, or 408 to a slow one."""
        if (size := _declared_size(scope)) == 0:
            await self.application(scope, receive, send)
            return
        body = _Body(receive, send, self.chosen.body_timeout)
        first = await body.receive()
        body.put_back(first)
        room = self._room(network_of(scope), size) if first.get("more_body") else nullcontext()
        try:
            async with room:
                await self.application(scope, body.receive, body.send)
        except NoRoomError:
            logger.warning("A request is refused, too many bodies are on their way already")
            await _answer(send, 503, [(b"retry-after", b"10")])
            return
        if body.is_late and not body.answered:
            await _answer(send, 408, [])

    @asynccontextmanager
    async def _room(self, network: str | None, size: int | None) -> AsyncIterator[None]:
        """Reserve room for a body. Raises NoRoomError: nothing became free for a while."""
        in_memory = settings.FILE_UPLOAD_MAX_MEMORY_SIZE
        memory = min(max(size or in_memory, SMALLEST), max(in_memory, SMALLEST))
        disk = OF_UNKNOWN_SIZE if size is None else size if size > in_memory else 0
        try:
            async with asyncio.timeout(self.chosen.lanes_wait):
                while not self._fits(network, memory, disk):
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise NoRoomError from None
        self._memory[network] += memory
        self._disk[network] += disk
        try:
            yield
        finally:
            self._memory[network] -= memory
            self._disk[network] -= disk
            self._memory += Counter()  # forget who has nothing any more
            self._disk += Counter()
            self._changed.set()

    def _fits(self, network: str | None, memory: int, disk: int) -> bool:
        if not _has_room(self._memory, network, memory, self.chosen.body_memory):
            return False
        # Django writes an uploaded file a second time, and other workers write there, too.
        free = shutil.disk_usage(tempfile.gettempdir()).free // 2 if disk else 0
        return not disk or _has_room(self._disk, network, disk, free)


def _has_room(taken: Counter[str | None], network: str | None, wanted: int, limit: int) -> bool:
    """Whether there is room for all, and for one visitor: half of it, or one body."""
    own = taken[network] if network is not None else 0
    return taken.total() + wanted <= limit and (not own or own + wanted <= limit // 2)


class _Body:
    """A body as it arrives, with a time limit for each part, and one for all."""

    def __init__(self, receive: Receive, send: Send, timeout: float) -> None:
        self._receive = receive
        self._send = send
        self._first: Message | None = None
        self._complete = False
        self._timeout = timeout
        self._deadline = asyncio.get_running_loop().time() + timeout
        self.is_late = False
        self.answered = False

    def put_back(self, message: Message) -> None:
        """Have a message received once more."""
        self._first = message

    async def receive(self) -> Message:
        """Return the next part; the client counts as gone when it is late."""
        if (first := self._first) is not None:
            self._first = None
            return first
        if self._complete:
            return await self._receive()
        soon = asyncio.get_running_loop().time() + self._timeout
        try:
            async with asyncio.timeout_at(min(soon, self._deadline)):
                message = await self._receive()
        except TimeoutError:
            self.is_late = True
            return {"type": "http.disconnect"}
        self._deadline += len(message.get("body", b"")) / LOWEST_RATE
        self._complete = not message.get("more_body")
        return message

    async def send(self, message: Message) -> None:
        """Send on, and note that there is an answer."""
        self.answered = True
        await self._send(message)


def _declared_size(scope: Scope) -> int | None:
    """Return how many bytes the body has: 0 for none, and None when it does not say."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else None
        if name == b"transfer-encoding":
            return None
    return 0


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]]) -> None:
    headers = [(b"content-length", b"0"), (b"connection", b"close"), *headers]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body"})
