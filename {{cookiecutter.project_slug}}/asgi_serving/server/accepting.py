"""Accepts connections, and leaves them for a moment to workers that have fewer.

Uvicorn lets the event loop accept, which takes everything that waits.
"""

import asyncio
import errno
import logging
import select
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from ssl import SSLContext
from typing import Any, Final

from asgi_serving.server.balance import Balance

logger = logging.getLogger("asgi_serving.server.accepting")

AT_ONCE: Final = 100
"""How many connections are accepted before requests have their turn again."""

PAUSE: Final = 0.001
"""How long a connection is left to others before this worker looks at it again, in seconds."""

PATIENCE: Final = 0.1
"""After how long nobody else can be expected to accept it, in seconds: their loops are blocked."""

NO_FILES: Final = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
"""Errors of `accept` after which the connection still waits."""

WITHOUT_FILES: Final = 1.0
"""How long nothing is accepted when the process may open no more files, in seconds, as in asyncio."""

HANDSHAKE: Final = 5.0
"""How long a client may take to agree on TLS with a worker that stops, in seconds."""


class Acceptor:
    """What accepts the connections of a worker.

    listeners: non-blocking sockets, which other workers may accept from as well.
    make_protocol: returns the protocol of a new connection.
    count: returns how many connections of the worker are to be compared with those of others.
    ssl: how connections are encrypted, None for not at all.
    """

    def __init__(
        self,
        listeners: Sequence[socket.socket],
        balance: Balance,
        make_protocol: Callable[[], Any],
        count: Callable[[], int],
        ssl: SSLContext | None,
    ) -> None:
        """Accept nothing yet."""
        self.loop = asyncio.get_running_loop()
        self.listeners = listeners
        self.balance = balance
        self.make_protocol = make_protocol
        self.count = count
        self.ssl = ssl
        self.pending: set[asyncio.Task[None]] = set()
        """What becomes a connection of the server within a moment."""
        self._pauses: dict[socket.socket, asyncio.TimerHandle] = {}

    def start(self) -> None:
        """Accept connections from now on."""
        self.balance.look()
        self.tell()
        for listener in self.listeners:
            listener.setblocking(False)
            self._listen(listener)

    def tell(self) -> None:
        """Tell the other workers how many connections this one has; to be called at each tick."""
        self.balance.tell(self._connections)

    def stop(self, until: float) -> None:
        """Accept what waits already, which would be reset otherwise, and nothing more.

        until: when to leave the rest to others, as there is no end of it, in seconds of the loop.
        """
        self.balance.leave()
        for listener in self.listeners:
            if pause := self._pauses.pop(listener, None):
                pause.cancel()
            else:
                self.loop.remove_reader(listener)
            with suppress(OSError):
                while self.loop.time() < until and self._take(listener):
                    pass
        if self.ssl:
            self.loop.call_later(HANDSHAKE, self._give_up)

    def _give_up(self) -> None:
        """Close what is no connection yet: a client that says nothing would keep the worker."""
        for task in self.pending:
            task.cancel()

    def _listen(self, listener: socket.socket) -> None:
        self._pauses.pop(listener, None)
        self.loop.add_reader(listener, self._accept, listener)

    def _pause(
        self, listener: socket.socket, seconds: float, then: Callable[..., None], *arguments: Any
    ) -> None:
        self._pauses[listener] = self.loop.call_later(seconds, then, listener, *arguments)

    def _accept(self, listener: socket.socket) -> None:
        """Accept while it is this worker's turn."""
        try:
            for _ in range(AT_ONCE):
                if not self._is_own_turn():
                    self.loop.remove_reader(listener)
                    self._pause(listener, PAUSE, self._look_again, self.loop.time() + PATIENCE)
                    return
                if not self._take(listener):
                    return
        except OSError as error:
            logger.error("No connection can be accepted for a second: %s", error.strerror)  # noqa: TRY400  # the reason says all
            self.loop.remove_reader(listener)
            self._pause(listener, WITHOUT_FILES, self._listen)

    def _look_again(self, listener: socket.socket, until: float) -> None:
        """Go on accepting if the others have taken the connection, or do not take it."""
        if not self._is_own_turn() and _has_connections(listener):
            if self.loop.time() < until:
                self._pause(listener, PAUSE, self._look_again, until)
                return
            self.balance.do_without_them()
        self._listen(listener)

    @property
    def _connections(self) -> int:
        return self.count() + len(self.pending)

    def _is_own_turn(self) -> bool:
        connections = self._connections
        self.balance.tell(connections)
        return self.balance.may_accept(connections)

    def _take(self, listener: socket.socket) -> bool:
        """Accept one connection, and tell whether there may be another.

        Raises OSError: the process may open no more files, and the connection still waits.
        """
        try:
            connection, _ = listener.accept()
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno in NO_FILES:
                raise
            return True  # an error of one connection, which is gone: see accept(2)
        connection.setblocking(False)
        task = self.loop.create_task(self._connect(connection))
        self.pending.add(task)
        task.add_done_callback(self.pending.discard)
        return True

    async def _connect(self, connection: socket.socket) -> None:
        try:
            await self.loop.connect_accepted_socket(self.make_protocol, connection, ssl=self.ssl)
        except OSError as error:  # a client that leaves, or does not speak TLS
            logger.debug("A connection is gone before it was made: %s", error)
            connection.close()


def _has_connections(listener: socket.socket) -> bool:
    """Tell whether a connection waits to be accepted."""
    poll = select.poll()
    poll.register(listener.fileno(), select.POLLIN)
    return bool(poll.poll(0))
