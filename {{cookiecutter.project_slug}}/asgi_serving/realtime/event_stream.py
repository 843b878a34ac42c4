"""Server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html."""

import asyncio
import json
import random
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Any, Final

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, StreamingHttpResponse

HEARTBEAT: Final = 15.0
"""After how long without an event a comment is sent, in seconds: proxies end what is silent for
half a minute or more, and a client that vanished is noticed by it."""

RECONNECT: Final = (1000, 5000)
"""Between these a browser waits before it comes back, in milliseconds: each stream draws its own,
so that they do not come back all at once when a worker is replaced."""

LONGEST_ID: Final = 200
"""Most characters of an event's id."""

END_OF_LINE: Final = re.compile("\r\n|\r|\n")
"""What ends a line of a stream of events; `str.splitlines` knows more."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event.

    data: a text, of any number of lines; or what JSON can hold.
    id: what the browser gives back as `last_event_id` when it has lost its connection.
    name: what the page listens for with `addEventListener`; "" is "message".

    Raises ValueError: an id has more than 200 characters; it or a name has a line break or NUL.
    """

    data: Any
    id: str | int = ""
    name: str = ""

    def __post_init__(self) -> None:
        for text in (str(self.id), self.name):
            if len(text) > LONGEST_ID or re.search("[\r\n\0]", text):
                raise ValueError(f"An event cannot have this id or name: {text!r}")

    def encoded(self) -> str:
        """Return what is sent for it."""
        text = self.data
        if not isinstance(text, str):
            text = json.dumps(text, cls=DjangoJSONEncoder, allow_nan=False)
        lines = [f"data: {line}\n" for line in END_OF_LINE.split(text)]
        if self.name:
            lines.insert(0, f"event: {self.name}\n")
        if self.id != "":
            lines.insert(0, f"id: {self.id}\n")
        return "".join(lines) + "\n"


def last_event_id(request: HttpRequest) -> str:
    """Return the id of the last event that the client has seen, or "" if it tells none.

    It is what the client says, and may be anything of at most 200 characters.
    """
    told = request.headers.get("Last-Event-ID", "")
    with suppress(UnicodeError):  # browsers send UTF-8, and headers are read as Latin-1
        told = told.encode("latin-1").decode()
    return told if len(told) <= LONGEST_ID and told.isprintable() else ""


def event_stream(
    events: AsyncGenerator[Event], *, heartbeat: float = HEARTBEAT
) -> StreamingHttpResponse:
    """Return a response that sends events as they come, until there are no more.

    It ends when the client leaves, and when the worker is to stop: what makes the events is
    cancelled then. Neither a lane nor a database connection is held meanwhile.

    heartbeat: after how many seconds without an event a comment is sent.
    """
    return StreamingHttpResponse(
        _stream(events, heartbeat),
        content_type="text/event-stream",
        # Proxies that compress keep back what is short, and nginx buffers unless it is told not to.
        headers={"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"},
    )


async def _stream(events: AsyncGenerator[Event], heartbeat: float) -> AsyncIterator[str]:
    """Yield the text of a stream.

    The events are made in a task of their own, which no heartbeat interrupts.
    """
    texts: asyncio.Queue[str | Exception | None] = asyncio.Queue(maxsize=1)

    async def make() -> None:
        try:
            async with aclosing(events):
                async for event in events:
                    await texts.put(event.encoded())
        except Exception as error:  # noqa: BLE001  # it is raised below
            await texts.put(error)
        else:
            await texts.put(None)

    making = asyncio.create_task(make())
    try:
        yield f"retry: {random.randint(*RECONNECT)}\n\n"  # noqa: S311  # nobody gains by guessing
        while True:
            try:
                async with asyncio.timeout(heartbeat):
                    text = await texts.get()
            except TimeoutError:
                text = ":\n\n"
            if isinstance(text, Exception):
                raise text
            if text is None:
                break
            yield text
    finally:
        making.cancel()
        with suppress(asyncio.CancelledError):
            await making
