"""What a server answers to a page, how often, and what is lost when it reloads."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Awaitable, Iterator, Mapping
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

DEADLINE: Final = 180
"""How long a server may take to start or to end, in seconds."""

CLIENTS: Final = 8
ROUNDS: Final = 5
"""How often the rate of answers is measured, a second each time, by turns with the other server."""

RELOADS: Final = 3
PAUSE: Final = 3
"""Seconds between two reloads, and after the last one."""


class Served(NamedTuple):
    """A server's command, where it runs, and the page that it is asked for."""

    command: list[str]
    folder: Path
    environment: Mapping[str, str]
    page: str


class Measured(NamedTuple):
    """What a server does with a page.

    status: of its answer. rate: answers a second. asked, lost: requests during the reloads, and those
    without an answer. slowest: the longest that one of them waited for its answer, in seconds.
    """

    status: int
    rate: float
    asked: int
    lost: int
    slowest: float


def measure(former: Served, present: Served) -> tuple[Measured, Measured]:
    """Start two servers, each with a free port, and ask both for a page.

    Raises RuntimeError with its log: one does not answer.
    """
    with served(former) as first, served(present) as second:
        statuses = [wait_for(*first, former.page), wait_for(*second, present.page)]
        rates: list[list[int]] = [[], []]
        for _ in range(ROUNDS):  # a machine may be busier now than then
            for which, (_, port) in zip(rates, (first, second), strict=True):
                load = Load(port, present.page)
                which.append(asyncio.run(load.run_while(asyncio.sleep(1))))
        return (
            _reloaded(*first, former.page, statuses[0], median(rates[0])),
            _reloaded(*second, present.page, statuses[1], median(rates[1])),
        )


def _reloaded(
    server: subprocess.Popen[bytes], port: int, page: str, status: int, rate: float
) -> Measured:
    load = Load(port, page)
    answered = asyncio.run(load.run_while(reload_often(server)))
    return Measured(status, rate, answered + load.lost, load.lost, load.slowest)


async def reload_often(server: subprocess.Popen[bytes]) -> None:
    """Send HUP several times."""
    for _ in range(RELOADS):
        os.kill(server.pid, signal.SIGHUP)
        await asyncio.sleep(PAUSE)


@contextlib.contextmanager
def served(what: Served) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Give a server and its port; it has ended afterwards."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    log = what.folder.with_name(f"{what.folder.name}.log")
    with log.open("wb") as output:
        server = subprocess.Popen(
            [*what.command, "--bind", f"127.0.0.1:{port}"], cwd=what.folder, env=what.environment,
            stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    try:
        yield server, port
    except RuntimeError as error:
        raise RuntimeError(f"{error}\n{log.read_text('utf-8')[-3000:]}") from error
    finally:
        server.terminate()
        try:
            server.wait(DEADLINE)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)


def wait_for(server: subprocess.Popen[bytes], port: int, page: str) -> int:
    """Return the status of a page once the server answers. Raises RuntimeError."""
    give_up = time.monotonic() + DEADLINE
    while server.poll() is None and time.monotonic() < give_up:
        try:
            with urllib.request.urlopen(f"http://localhost:{port}{page}") as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server does not answer")


class Load:
    """Clients that ask for a page again and again, each on a connection that it keeps if it may."""

    def __init__(self, port: int, page: str) -> None:
        """Take the port, and the path."""
        self.port = port
        self.head = f"GET {page} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n".encode()
        self.answered = 0
        self.lost = 0
        self.slowest = 0.0
        self.ends = False

    async def run_while(self, what: Awaitable[None]) -> int:
        """Ask until something is done, and return how many were answered."""
        clients = [asyncio.create_task(self._client()) for _ in range(CLIENTS)]
        await what
        self.ends = True
        await asyncio.gather(*clients)
        return self.answered

    async def _client(self) -> None:
        connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        while not self.ends:
            began = time.monotonic()
            try:
                async with asyncio.timeout(DEADLINE):
                    if connection is None or connection[0].at_eof():
                        connection = await asyncio.open_connection("127.0.0.1", self.port)
                    closes = await self._ask(*connection)
                self.answered += 1
                self.slowest = max(self.slowest, time.monotonic() - began)
            except (OSError, EOFError, TimeoutError):
                self.lost += 1
                closes = True
            if closes and connection:
                connection[1].close()
                connection = None
        if connection:
            connection[1].close()

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Return whether the connection is closed after the answer."""
        writer.write(self.head)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        if "content-length: " in head:
            await reader.readexactly(
                int(head.partition("content-length: ")[2].partition("\r\n")[0])
            )
        else:
            await reader.read()
        return "\r\nconnection: close" in head or "content-length: " not in head
