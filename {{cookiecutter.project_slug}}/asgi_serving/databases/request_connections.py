"""The database connections that a thread used for a request, when the request is over.

A connection's wrapper holds more than a connection: transactions that somebody left open, and
what packages keep there, such as `connection.tenant` or `execute_wrappers`. The next visitor gets a
new one, as with stock Django, whose threads end with their requests.
"""

import logging
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from asgi_serving.databases.session_reset import can_be_reset, reset_session
from asgi_serving.settings import serving_settings

logger = logging.getLogger("asgi_serving.connections")


def are_open() -> bool:
    """Whether this thread has any connection to be released."""
    return bool(connections.all(initialized_only=True))


def release(thread_goes_on: bool = True) -> None:
    """Give this thread's connections back to their pools or close them, and drop their wrappers.

    thread_goes_on: whether a connection that `CONN_MAX_AGE` keeps is of use to it.
    A wrapper takes about 7 µs to make again.
    """
    for database in connections.all(initialized_only=True):
        if _is_in_memory(database):
            continue
        alias = database.alias
        del connections[alias]
        try:
            if kept := _close(database, keep=thread_goes_on):
                connections[alias] = kept
        except Exception:
            logger.exception("The connection to %r could not be closed", alias)


def _close(database: BaseDatabaseWrapper, *, keep: bool) -> BaseDatabaseWrapper | None:
    """Close the connection; or return a new wrapper around it, when it shall be kept."""
    pooled = getattr(database, "pool", None) is not None
    keep = keep and not pooled and _may_be_kept(database)
    session: Any = database.connection
    if session is None:
        return None
    if (pooled or keep) and serving_settings().database_session_reset and can_be_reset(session):
        keep = reset_session(database, session) and keep
    if not keep:
        database.close()
        return None
    renewed = connections.create_connection(database.alias)
    for name in ("autocommit", "close_at", "connection", "health_check_enabled"):
        setattr(renewed, name, getattr(database, name))
    return renewed


def _may_be_kept(database: BaseDatabaseWrapper) -> bool:
    if database.settings_dict["CONN_MAX_AGE"] == 0 or database.in_atomic_block:
        return False
    database.close_if_unusable_or_obsolete()
    return database.connection is not None


def _is_in_memory(database: BaseDatabaseWrapper) -> bool:
    """Whether the database ends with its connection: tests have such ones."""
    return database.vendor == "sqlite" and database.is_in_memory_db()  # type: ignore[attr-defined]  # SQLite's wrapper has it
