"""One database connection for all threads.

A test holds a transaction on its own thread, and the handlers run views on others. Django shares
connections in the same way with the thread of its live server.
"""

from __future__ import annotations

from types import SimpleNamespace

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper


def share_connections() -> None:
    """Let all threads see the connections of the tests, and let no request close them."""
    connections._connections = SimpleNamespace()  # noqa: SLF001  # no public way
    BaseDatabaseWrapper.validate_thread_sharing = lambda _: None
    # The receiver that calls it stays: packages see it, and so does the project's handler.
    BaseDatabaseWrapper.close_if_unusable_or_obsolete = lambda _: None
