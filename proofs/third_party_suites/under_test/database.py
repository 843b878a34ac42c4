"""One database connection for all threads.

A test holds a transaction on its own thread, and the handlers run views on others. Django shares
connections in the same way with the thread of its live server.
"""

from __future__ import annotations

from types import SimpleNamespace

from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connections
from django.db.backends.base.base import BaseDatabaseWrapper


def share_connections() -> None:
    """Let all threads see the connections of the tests."""
    connections._connections = SimpleNamespace()  # noqa: SLF001  # no public way
    BaseDatabaseWrapper.validate_thread_sharing = lambda _: None


def keep_connections() -> None:
    """Let no request close a connection, as Django's test clients do, but from now on for good.

    A project's handler closes them a little later than the client has its response.
    """
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
