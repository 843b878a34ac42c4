"""The database connections of a test, on which the views run that it asks for.

A test is in a transaction, which only its own connection sees. So a lane works with the
connections of the thread that Django's own client would run a view on: the test's, or the one
that `sync_to_async` uses there.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connections

_thread = threading.local()


class BorrowedConnections:
    """The connections of the thread that makes this object, for other threads."""

    def __init__(self) -> None:
        """Make what this thread has not used yet, too: nobody else would close it."""
        self.wrappers = connections.all()
        # A view that is a client itself lends what it has borrowed: its thread has a turn of its own.
        self._turn = _thread.__dict__.setdefault("turn", threading.Lock())

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Let other threads use the connections."""
        for wrapper in self.wrappers:
            wrapper.inc_thread_sharing()
        try:
            yield
        finally:
            for wrapper in self.wrappers:
                wrapper.dec_thread_sharing()

    def use(self, function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Any:
        """Call a function with these connections, while no other thread has them.

        Requests at the same time take turns call by call, as they do on the one thread of Django's
        own client: the transactions of two calls must not mix.
        """
        with self._turn:
            self.put()
            try:
                return function(*arguments, **named)
            finally:
                self.take_back()

    def put(self) -> None:
        """Make the connections those of this thread."""
        for wrapper in self.wrappers:
            connections[wrapper.alias] = wrapper

    def take_back(self) -> None:
        """Leave this thread without connections."""
        for wrapper in self.wrappers:
            with suppress(AttributeError):  # the view itself may have done so
                del connections[wrapper.alias]


class _StayOpen:
    """Keeps requests from closing connections, as Django's client does; also those at the same time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._depth = 0

    def __enter__(self) -> None:
        with self._lock:
            self._depth += 1
            for signal in (request_started, request_finished):
                signal.disconnect(close_old_connections)

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._depth -= 1
            if not self._depth:
                for signal in (request_started, request_finished):
                    signal.connect(close_old_connections)


connections_stay_open = _StayOpen()
"""A context in which no request closes the connections of the test."""
