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
from math import ceil
from types import FrameType
from typing import Any, Final, Protocol, override

from uvicorn import Config
from uvicorn import Server as UvicornServer

from asgi_serving.drain import drain
from asgi_serving.server.accepting import Acceptor
from asgi_serving.server.balance import Balance
from asgi_serving.server.hand_over import Decision
from asgi_serving.server.slow_readers import SlowReaders
from asgi_serving.server.uvicorn_names import missing_names

logger = logging.getLogger("asgi_serving.server.server")

LINGER: Final = 1.0
"""How long an idle connection stays open for a request that is under way, in seconds."""

TICK: Final = 0.05
"""How often a draining server looks at its connections, in seconds."""

TICKS_OF_A_SECOND: Final = 10
"""How often Uvicorn ticks."""

CLOSED_AT_A_TICK: Final = 50
"""How many WebSockets a draining server closes at each tick: their clients come back at once."""

CANCELLED: Final = 1.0
"""How long cancelled requests may take to answer, in seconds."""


class Process(Protocol):
    """What the server wants of the process that it runs in."""

    def started(self) -> None:
        """Take notice that the server accepts connections."""

    def told_to_stop(self) -> None:
        """Take notice that somebody wants the server to stop."""

    def served(self, requests: int) -> None:
        """Take notice of how many requests were answered; called at each tick."""

    def decide_to_stop(self) -> Decision:
        """Return whether the server that is told to stop does so; called at each tick."""

    def notify(self) -> None:
        """Tell that the process is alive."""


class Server(UvicornServer):
    """`uvicorn.Server` for one worker of Gunicorn."""

    def __init__(
        self, config: Config, process: Process, slow_readers: SlowReaders, balance: Balance
    ) -> None:
        """Remember the master, without which the server stops."""
        super().__init__(config)
        self.process = process
        self.slow_readers = slow_readers
        self.balance = balance
        self.acceptor: Acceptor
        self.master = os.getppid()
        self._idle_since: dict[Any, float] = {}
        self._closed: set[Any] = set()
        self._long_lived = 0
        self._knows_uvicorn = not missing_names()

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the application, then accept connections."""
        if not self._knows_uvicorn:
            await super().startup(sockets)
            self.process.started()
            return
        await super().startup([])  # Uvicorn's own accept everything
        if self.started:
            self.acceptor = Acceptor(
                sockets or [], self.balance, self._make_protocol, self._count_brief, self.config.ssl
            )
            self.acceptor.start()
            self.process.started()

    def _make_protocol(self) -> Any:
        return self.config.http_protocol_class(  # type: ignore[call-arg]  # as Uvicorn calls it
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )

    def _count_brief(self) -> int:
        """Return how many connections there are on which requests may follow each other.

        WebSockets and streams do not count after their first second: where one worker has more of
        them, the others would get all requests.
        """
        return max(0, len(self.server_state.connections) - self._long_lived)

    @override
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Drain at SIGTERM, and end quickly at SIGINT and SIGQUIT."""
        self._captured_signals.append(sig)
        self.should_exit = True
        self.force_exit = self.force_exit or sig != signal.SIGTERM
        self.process.told_to_stop()

    @override
    async def on_tick(self, counter: int) -> bool:
        """Tell whether to stop: somebody said so, or the master is gone."""
        if os.getppid() != self.master and not self.should_exit:
            logger.warning("The master is gone, so this worker stops")
            self.should_exit = self.force_exit = True
        stops = await super().on_tick(counter)
        if not self._knows_uvicorn:
            return stops
        self.acceptor.tell()
        if counter % TICKS_OF_A_SECOND == 0:
            now = asyncio.get_running_loop().time()
            self.slow_readers.look(self.server_state.connections, now)
            self._long_lived = sum(map(_is_long_lived, self.server_state.connections))
            self.balance.look()
        if stops and not self.force_exit and os.getppid() == self.master:
            stops = self._may_stop()
        if not stops:
            self.process.served(self.server_state.total_requests)
        return stops

    def _may_stop(self) -> bool:
        decision = self.process.decide_to_stop()
        if decision is Decision.GO_ON:
            logger.error("No new worker could start, so this one goes on")
            self.should_exit = False
            self._captured_signals.clear()
        return decision is Decision.STOP

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish what was accepted, cancel what takes too long, and end the application."""
        heartbeat = asyncio.create_task(self._beat())
        try:
            if self._knows_uvicorn:
                await self._shut_down(sockets or [])
            else:
                await super().shutdown(sockets)
        finally:
            heartbeat.cancel()

    async def _shut_down(self, listeners: list[socket.socket]) -> None:
        patience = self.config.timeout_graceful_shutdown or 0
        deadline = asyncio.get_running_loop().time() + patience
        drain.begin()
        self.acceptor.stop(min(asyncio.get_running_loop().time() + LINGER, deadline))
        for listener in listeners:
            listener.close()
        if not self.force_exit:
            logger.info("Stopping when %d connections are closed", self._connections)
            with suppress(TimeoutError):
                async with asyncio.timeout_at(deadline):
                    await self._drain(deadline - patience / 2)
        await self._cancel()
        await self.lifespan.shutdown()

    @property
    def _connections(self) -> int:
        return len(self.server_state.connections) + len(self.acceptor.pending)

    async def _drain(self, websockets_until: float) -> None:
        """Wait until all connections are closed, or somebody loses patience.

        websockets_until: when the last WebSocket is closed, in seconds of the event loop.
        """
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
            self._close_websockets(websockets_until)
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
                # Not every protocol of Uvicorn tells the client by itself.
                cycle.default_headers = self.server_state.default_headers
            return
        now = asyncio.get_running_loop().time()
        if now - self._idle_since.setdefault(connection, now) >= LINGER:
            connection.shutdown()

    def _close_websockets(self, until: float) -> None:
        """Close some of the WebSockets, so that the last one is closed by then.

        A client that reads slowly is told once: the message that it is over waits with the others.
        """
        ticks = max(1, (until - asyncio.get_running_loop().time()) / TICK)
        candidates = self.server_state.connections - self._closed
        open_ = [each for each in candidates if not hasattr(each, "cycle") and _is_open(each)]
        for websocket in open_[: max(CLOSED_AT_A_TICK, ceil(len(open_) / ticks))]:
            self._closed.add(websocket)
            websocket.shutdown()

    async def _cancel(self) -> None:
        """Cancel what still runs, and let it answer."""
        for connection in list(self.server_state.connections):
            if connection in self._closed:  # its client does not read
                connection.transport.abort()
            else:
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


def _is_long_lived(connection: Any) -> bool:
    """Tell whether it is a WebSocket, or a stream whose answer has begun."""
    if not hasattr(connection, "cycle"):
        return True
    cycle = connection.cycle
    return cycle is not None and cycle.response_started and not cycle.response_complete


def _is_open(websocket: Any) -> bool:
    """Tell whether a WebSocket is accepted; before that its client waits for an HTTP answer."""
    if hasattr(websocket, "handshake_complete"):
        return bool(websocket.handshake_complete)
    return bool(websocket.handshake_completed_event.is_set())
