"""Uvicorn's server, which loses no request when it stops.

Uvicorn closes idle connections at once, also those on which a request is already under way, and
counts on a client that asks again. Here a stopping server tells its clients by `Connection: close`,
and leaves each of them the time to read it.
"""

import asyncio
import logging
import os
import signal
import socket
from contextlib import suppress
from email.utils import formatdate
from types import FrameType
from typing import Any, Final, Protocol, override

from uvicorn import Config
from uvicorn import Server as UvicornServer

from asgi_serving.drain import drain
from asgi_serving.server.slow_readers import SlowReaders

logger = logging.getLogger("asgi_serving.server.server")

LINGER: Final = 1.0
"""How long an idle connection stays open for a request that is under way, in seconds."""

TICK: Final = 0.05
"""How often a draining server looks at its connections, in seconds."""

TICKS_OF_A_SECOND: Final = 10
"""How often Uvicorn ticks."""

HAND_OVER: Final = 10.0
"""How long a worker that is told to stop serves on for one that is starting, in seconds."""

CANCELLED: Final = 1.0
"""How long cancelled requests may take to answer, in seconds."""


class Process(Protocol):
    """What the server wants of the process that it runs in."""

    max_requests: int

    def started(self) -> None:
        """Take notice that the server accepts connections."""

    def recycle(self) -> None:
        """See to a replacement; called at each tick once `max_requests` are answered."""

    def replacement_is_starting(self) -> bool:
        """Tell whether there is another process that will accept connections in a moment."""

    def notify(self) -> None:
        """Tell that the process is alive."""


class Server(UvicornServer):
    """`uvicorn.Server` for one worker of Gunicorn."""

    def __init__(self, config: Config, process: Process, slow_readers: SlowReaders) -> None:
        """Remember the master, without which the server stops."""
        super().__init__(config)
        self.process = process
        self.slow_readers = slow_readers
        self.master = os.getppid()
        self._idle_since: dict[Any, float] = {}

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the application, then accept connections."""
        await super().startup(sockets)
        self.process.started()

    @override
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Drain at SIGTERM, and end quickly at SIGINT and SIGQUIT."""
        self._captured_signals.append(sig)
        self.should_exit = True
        self.force_exit = self.force_exit or sig != signal.SIGTERM

    @override
    async def on_tick(self, counter: int) -> bool:
        """Tell whether to stop: somebody said so, or the master is gone."""
        if os.getppid() != self.master and not self.should_exit:
            logger.warning("The master is gone, so this worker stops")
            self.should_exit = True
        stops = await super().on_tick(counter)
        if counter % TICKS_OF_A_SECOND == 0:
            now = asyncio.get_running_loop().time()
            self.slow_readers.look(self.server_state.connections, now)
        if not stops and self.server_state.total_requests >= self.process.max_requests:
            self.process.recycle()
        return stops

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish what was accepted, cancel what takes too long, and end the application."""
        heartbeat = asyncio.create_task(self._beat())
        loop = asyncio.get_running_loop()
        patience = self.config.timeout_graceful_shutdown or 0
        deadline = loop.time() + patience
        await self._hand_over(loop.time() + min(HAND_OVER, patience / 2))
        drain.begin()
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        if not self.force_exit:
            logger.info("Stopping when %d connections are closed", self._connections)
            with suppress(TimeoutError):
                async with asyncio.timeout_at(deadline):
                    await self._drain()
        await self._cancel()
        await self.lifespan.shutdown()
        heartbeat.cancel()

    async def _hand_over(self, deadline: float) -> None:
        """Serve until the replacement does: at a reload it is still loading the project."""
        loop = asyncio.get_running_loop()
        while self.process.replacement_is_starting() and not self.force_exit:
            if loop.time() > deadline:
                break
            await super().on_tick(0)
            await asyncio.sleep(TICK)

    @property
    def _connections(self) -> int:
        return len(self.server_state.connections)

    async def _drain(self) -> None:
        """Wait until all connections are closed, or somebody loses patience."""
        while not self.force_exit:
            date = formatdate(usegmt=True).encode()
            self.server_state.default_headers = [
                *([(b"date", date)] if self.config.date_header else []),
                *self.config.encoded_headers,
                (b"connection", b"close"),
            ]
            for connection in list(self.server_state.connections):
                if hasattr(connection, "cycle"):
                    self._drain_http(connection)
                elif _is_open(connection):
                    connection.shutdown()
            # What was accepted a moment ago is a connection only after this.
            await asyncio.sleep(TICK)
            if not self._connections:
                break

    def _drain_http(self, connection: Any) -> None:
        """Let the next answer be the last, and close a connection on which none is asked for."""
        cycle = connection.cycle
        if cycle is not None and not cycle.response_complete:
            self._idle_since.pop(connection, None)
            if not cycle.response_started:
                cycle.keep_alive = False
            return
        now = asyncio.get_running_loop().time()
        if now - self._idle_since.setdefault(connection, now) >= LINGER:
            connection.shutdown()

    async def _cancel(self) -> None:
        """Cancel what still runs, and let it answer."""
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if tasks := list(self.server_state.tasks):
            logger.error("%d requests did not end in time and are cancelled", len(tasks))
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=CANCELLED)

    async def _beat(self) -> None:
        """Keep the master from taking a worker for dead that only waits for its requests."""
        while True:
            self.process.notify()
            await asyncio.sleep(max(self.config.timeout_notify / 2, TICK))


def _is_open(websocket: Any) -> bool:
    """Tell whether a WebSocket is accepted; before that its client waits for an HTTP answer."""
    if hasattr(websocket, "handshake_complete"):
        return bool(websocket.handshake_complete)
    return bool(websocket.handshake_completed_event.is_set())
