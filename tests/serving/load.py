"""A steady load on a server, which counts the requests that were lost."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

HEAD = (
    "GET /pages/number/async/{number}/ HTTP/1.1\r\nHost: testserver\r\nX-Forwarded-Proto: https\r\n"
)
DEADLINE = 60
"""How long a client waits for an answer, in seconds."""


class Load:
    """Clients that ask again and again, half of them on a new connection each time.

    They keep to HTTP: they send nothing on a connection that is closed, or about to be. So what is
    sent and not answered is lost.
    """

    def __init__(self, port: int, clients: int, pause: float) -> None:
        self.port = port
        self.clients = clients
        self.pause = pause
        self.answered = 0
        self.lost: list[str] = []
        self.slowest = 0.0
        self.last_answer = 0.0
        self.longest_gap = 0.0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))

    def start(self) -> Self:
        self._thread.start()
        return self

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    async def _run(self) -> None:
        self.last_answer = time.monotonic()
        await asyncio.gather(*(self._client(number) for number in range(self.clients)))

    async def _client(self, number: int) -> None:
        keeps = number % 2 == 0
        connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        while not self._stopped.is_set():
            number += self.clients
            began = time.monotonic()
            try:
                async with asyncio.timeout(DEADLINE):
                    if connection is None or connection[0].at_eof():
                        connection = await asyncio.open_connection("127.0.0.1", self.port)
                    closes = await self._ask(*connection, number, keeps=keeps)
            except (OSError, EOFError, ValueError, AssertionError, TimeoutError) as error:
                self.lost.append(f"{type(error).__name__}: {error}")
                closes = True
            else:
                now = time.monotonic()
                self.answered += 1
                self.slowest = max(self.slowest, now - began)
                self.longest_gap = max(self.longest_gap, now - self.last_answer)
                self.last_answer = now
            if connection is not None and closes:
                connection[1].close()
                connection = None
            await asyncio.sleep(self.pause)
        if connection is not None:
            connection[1].close()

    async def _ask(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        number: int,
        *,
        keeps: bool,
    ) -> bool:
        """Send a request and read its answer. Returns whether the connection is closed after it."""
        end = "\r\n" if keeps else "Connection: close\r\n\r\n"
        writer.write((HEAD.format(number=number) + end).encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
        body = (await reader.readexactly(length)).decode()
        if not head.startswith("http/1.1 200") or body != str(number):
            raise AssertionError(f"{head.partition('\r\n')[0]}: {body[:200]}")
        return not keeps or "\r\nconnection: close\r\n" in head


@contextmanager
def load(port: int, clients: int = 16, pause: float = 0.01) -> Iterator[Load]:
    """Give a load that ends with the context.

    pause: how long each client waits between an answer and its next request, in seconds.
    """
    running = Load(port, clients, pause).start()
    try:
        yield running
    finally:
        running.stop()
