"""Many clients in a process of their own: `python crowd.py PORT PATH CLIENTS ADDRESS`.

They come back when they are closed, as browsers do, each after a time of its own. For each line
on standard input the process prints what it has seen since the last one, as JSON: how many clients
are connected, how long each message took, and when clients connected.
"""

from __future__ import annotations

import asyncio
import json
import random
import resource
import sys
import time
from typing import Any, Final

COMES_BACK: Final = (1.0, 5.0)
"""After how many seconds a client that was closed comes back: between these."""

AT_A_TIME: Final = 100
"""How many clients connect at a time in the beginning."""

WEBSOCKET: Final = (
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
)
CLOSE, PING, PONG, TEXT = 0x88, 0x89, 0x8A, 0x81


class Crowd:
    """The clients of a process, and what they have seen."""

    def __init__(self, port: int, path: str, address: str) -> None:
        """Take where they connect to, and the address that they come from."""
        self.port, self.address = port, address
        upgrade = WEBSOCKET if path == "/listen/" else ""
        head = f"GET {path} HTTP/1.1\r\nHost: testserver\r\nOrigin: http://testserver\r\n"
        self.request = f"{head}{upgrade}\r\n".encode()
        self.is_websocket = bool(upgrade)
        self.connected = 0
        self.latencies: dict[float, list[float]] = {}
        self.connects: list[float] = []
        self.slots = asyncio.Semaphore(AT_A_TIME)

    async def begin(self) -> None:
        """Connect a client, some others at the same time."""
        async with self.slots:
            client = await self.connect()
            await client.opened.wait()

    async def connect(self) -> Client:
        """Connect a client, however often that must be tried."""
        while True:
            self.connects.append(time.monotonic())
            try:
                _, client = await asyncio.get_running_loop().create_connection(
                    lambda: Client(self), "127.0.0.1", self.port, local_addr=(self.address, 0)
                )
            except OSError:
                await asyncio.sleep(random.uniform(*COMES_BACK))
            else:
                return client

    async def come_back(self) -> None:
        """Connect a client that was closed."""
        await asyncio.sleep(random.uniform(*COMES_BACK))
        await self.connect()

    def heard(self, message: bytes) -> None:
        """Take notice of a message, which tells when it was published."""
        now = time.monotonic()
        at = json.loads(message)["at"]
        self.latencies.setdefault(at, []).append(now - at)

    def look(self) -> str:
        """Return what was seen since the last look, in JSON."""
        seen = {
            "connected": self.connected,
            "latencies": {str(at): found for at, found in self.latencies.items()},
            "connects": self.connects,
        }
        self.latencies, self.connects = {}, []
        return json.dumps(seen)


class Client(asyncio.Protocol):
    """A WebSocket or a stream of events."""

    __slots__ = ("crowd", "is_open", "opened", "transport", "unread")

    def __init__(self, crowd: Crowd) -> None:
        """Belong to a crowd."""
        self.crowd = crowd
        self.is_open = False
        self.opened = asyncio.Event()
        self.unread = b""
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask."""
        self.transport = transport
        self.transport.write(self.crowd.request)

    def data_received(self, data: bytes) -> None:
        """Read what is whole."""
        self.unread += data
        if not self.is_open:
            head, end, rest = self.unread.partition(b"\r\n\r\n")
            if not end:
                return
            if head.split()[1] not in {b"101", b"200"}:
                self.transport.close()
                return
            self.is_open, self.unread = True, rest
            self.opened.set()
            self.crowd.connected += 1
        if self.crowd.is_websocket:
            self.read_frames()
        else:
            self.read_events()

    def read_frames(self) -> None:
        """Take messages, answer pings and closes."""
        while len(self.unread) >= 2 and len(self.unread) >= (end := 2 + self.unread[1]):
            kind, payload, self.unread = self.unread[0], self.unread[2:end], self.unread[end:]
            if kind == TEXT:
                self.crowd.heard(payload)
            elif kind == PING:  # the mask is of zeros
                self.transport.write(bytes([PONG, 0x80 | len(payload)]) + bytes(4) + payload)
            elif kind == CLOSE:
                self.transport.close()

    def read_events(self) -> None:
        """Take events, whatever chunks they come in."""
        *events, self.unread = self.unread.split(b"\n\n")
        for event in events:
            if b"data: " in event:
                self.crowd.heard(event.rpartition(b"data: ")[2])
        if b"\r\n0\r\n\r\n" in b"\r\n" + self.unread:
            self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002  # asyncio gives it
        """Come back after a while."""
        self.crowd.connected -= self.is_open
        self.opened.set()
        back = asyncio.ensure_future(self.crowd.come_back())
        coming_back.add(back)
        back.add_done_callback(coming_back.discard)


coming_back: set[asyncio.Future[None]] = set()


async def main(port: str, path: str, clients: str, address: str) -> None:
    """Connect the clients, and tell what they see for as long as somebody asks."""
    crowd = Crowd(int(port), path, address)
    async with asyncio.TaskGroup() as tasks:
        for _ in range(int(clients)):
            tasks.create_task(crowd.begin())
        while await asyncio.to_thread(sys.stdin.readline):
            print(crowd.look(), flush=True)


if __name__ == "__main__":
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(main(*sys.argv[1:]))
