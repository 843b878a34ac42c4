"""Clients that do not read what they asked for."""

import logging
from collections.abc import Collection
from typing import Any, NamedTuple

logger = logging.getLogger("asgi_serving.server.slow_readers")


class _Unread(NamedTuple):
    """What waits for a client.

    since: when it began to wait, in seconds of the event loop.
    size: how many bytes wait.
    stalled_since: since when none of them was taken.
    """

    since: float
    size: int
    stalled_since: float


class SlowReaders:
    """Disconnects who takes nothing for too long, and the slowest when all leave too much.

    A whole response is handed to the server at once, and waits in its memory: no thread waits for a
    client, and nobody but this limits what they leave there.
    """

    def __init__(self, timeout: float, limit: int) -> None:
        """Take the longest time without a byte taken, in seconds, and the most bytes of all."""
        self.timeout = timeout
        self.limit = limit
        self._unread: dict[Any, _Unread] = {}

    def look(self, connections: Collection[Any], now: float) -> None:
        """See what the clients have taken since the last look; called about once a second."""
        before, self._unread = self._unread, {}
        for connection in connections:
            if size := _unread_bytes(connection):
                then = before.get(connection, _Unread(now, 0, now))
                stalled_since = then.stalled_since if size == then.size else now
                self._unread[connection] = _Unread(then.since, size, stalled_since)
        for connection, unread in list(self._unread.items()):
            if now - unread.stalled_since >= self.timeout:
                self._disconnect(connection, f"has taken nothing for {self.timeout:g} s")
        self._make_room(now)

    def _make_room(self, now: float) -> None:
        total = sum(unread.size for unread in self._unread.values())
        if total <= self.limit:
            return
        # A short wait for much counts like a long one for little.
        slowest = sorted(self._unread, key=lambda c: self._weight(c, now))
        while total > self.limit:
            connection = slowest.pop()
            total -= self._unread[connection].size
            self._disconnect(connection, f"is the slowest, and {self.limit} bytes wait already")

    def _weight(self, connection: Any, now: float) -> float:
        unread = self._unread[connection]
        return unread.size * (now - unread.since)

    def _disconnect(self, connection: Any, reason: str) -> None:
        unread = self._unread.pop(connection)
        logger.warning("A client %s, so it is disconnected: %d bytes", reason, unread.size)
        connection.transport.abort()


def _unread_bytes(connection: Any) -> int:
    transport = getattr(connection, "transport", None)
    return 0 if transport is None else int(transport.get_write_buffer_size())
