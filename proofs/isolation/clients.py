"""Clients on plain sockets, which leave when they like, and the gates at which requests wait."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

DEADLINE: Final = 30
"""Seconds for an answer; it only ends a hang."""

PATIENCE: Final = 8
"""Seconds for all requests of a gate to come: a lost lane keeps one of them away for ever."""

TICK: Final = 0.01
"""Seconds between two looks at a gate."""

NOTICED: Final = 3
"""Seconds for a server to notice that a client left; some never look."""


class Answer(NamedTuple):
    """A status, 0 for a connection that ended before there was one, and a body."""

    status: int
    text: str

    def json(self) -> dict[str, Any]:
        """Return the object that the body is, or an empty one."""
        found: dict[str, Any] = json.loads(self.text) if self.status == 200 else {}
        return found


class Client:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take what `connect` opened."""
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, port: int) -> Client:
        """Open a connection to a server on this machine."""
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def send(self, *requests: bytes) -> None:
        """Send requests, in one piece."""
        self.writer.write(b"".join(requests))
        await self.writer.drain()

    async def answer(self) -> Answer:
        """Return the next answer."""
        try:
            async with asyncio.timeout(DEADLINE):
                return await self._answer()
        except (OSError, EOFError, TimeoutError):
            return Answer(0, "")

    async def _answer(self) -> Answer:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in head)
        }
        if "content-length" in headers:
            body = await self.reader.readexactly(int(headers["content-length"]))
        elif headers.get("transfer-encoding") == "chunked":
            body = b"".join([chunk async for chunk in self._chunks()])
        else:
            body = await self.reader.read()
        return Answer(int(head[0].split()[1]), body.decode())

    async def _chunks(self) -> Any:
        while size := int(await self.reader.readline(), 16):
            yield (await self.reader.readexactly(size + 2))[:-2]
        await self.reader.readline()

    def leave(self) -> None:
        """Close the connection, whatever is under way."""
        self.writer.close()


def request(
    path: str, query: Mapping[str, object], headers: Mapping[str, str] | None = None, body: int = 0
) -> bytes:
    """Return the bytes of a request, as the proxy of a production site sends it.

    body: how many bytes to upload.
    """
    lines = [
        f"{'POST' if body else 'GET'} {path}?{urlencode(query)} HTTP/1.1",
        "Host: testserver",
        "X-Forwarded-Proto: https",
        *(f"{name}: {value}" for name, value in (headers or {}).items()),
        *([f"Content-Length: {body}"] if body else []),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + b"x" * body


async def ask(
    port: int, path: str, query: Mapping[str, object], headers: Mapping[str, str] | None = None
) -> Answer:
    """Return the answer to a request on a connection of its own."""
    client = await Client.connect(port)
    try:
        await client.send(request(path, query, headers))
        return await client.answer()
    finally:
        client.leave()


class Gate:
    """A folder: requests leave files there, and go on when there is one named `open`."""

    def __init__(self, folder: Path) -> None:
        """Make a gate that is closed."""
        folder.mkdir()
        self.folder = folder

    async def came(self, number: int, what: str, seconds: float) -> int:
        """Wait until so many requests have come so far, or patience ends; return how many."""
        give_up = time.monotonic() + seconds
        while (come := self.count(what)) < number and time.monotonic() < give_up:
            await asyncio.sleep(TICK)
        return come

    def count(self, what: str) -> int:
        """Return how many requests have come so far."""
        return sum(path.suffix == f".{what}" for path in self.folder.iterdir())

    async def has_begun(self, visitor: str, answer: asyncio.Task[Answer]) -> None:
        """Wait until the request of a visitor has begun, or is answered."""
        while not (answer.done() or (self.folder / f"{visitor}.begun").exists()):
            await asyncio.sleep(TICK)

    def open(self) -> None:
        """Let all pass."""
        (self.folder / "open").touch()
