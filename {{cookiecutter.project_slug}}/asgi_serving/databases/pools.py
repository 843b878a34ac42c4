"""The databases when a process starts and ends, and their pools."""

import select
import sys
from collections.abc import Iterator
from typing import Any

from django.db import OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from asgi_serving.databases.session_reset import reset_session
from asgi_serving.settings import serving_settings


def usable_databases(*, initialized_only: bool = False) -> Iterator[BaseDatabaseWrapper]:
    """Yield the databases: none at all, where `DATABASES` is empty and Django has a stand-in."""
    for database in connections.all(initialized_only=initialized_only):
        if database.vendor != "unknown":
            yield database


def open_databases() -> None:
    """Connect to every database once, fill the pools, and go the way of a first query.

    Raises OperationalError: a database cannot be reached.
    """
    for connection in usable_databases():
        if pool := getattr(connection, "pool", None):
            _connect_once(connection)
            pool.open()
            pool.wait(pool.timeout)
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        connection.close()


def close_databases(*, initialized_only: bool = False) -> None:
    """Close the connections of this thread, and the pools of the process.

    initialized_only: leave those alone that this thread has not used.
    """
    for connection in usable_databases(initialized_only=initialized_only):
        connection.close()
        if getattr(connection, "pool", None):
            connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's wrapper has it


def check_connection(session: Any) -> None:
    """Raise psycopg's OperationalError if the server has closed a connection of the pool.

    A server that ends, even one that is killed, closes the socket, which then has something to
    read. Only if it has is the server asked: a pool that asks every time, as psycopg's own check
    does, sends two queries for each one of a page.

    What a visitor left in the session is reset here, unless it was when the request was over: code
    may give a connection back at any time, by `connection.close()`. One that cannot be reset is
    closed, and the error has the pool take another.
    """
    if sys.platform == "win32" or _has_something_to_read(session.fileno()):
        session.execute("")
    if serving_settings().database_session_reset and vars(session).get("was_used", False):
        for database in connections.all(initialized_only=True):
            of_this = getattr(database, "pool", None) is session._pool  # noqa: SLF001  # as Django does
            if of_this and not reset_session(database, session):
                raise OperationalError("The session could not be reset.")
    session.was_used = True


def _has_something_to_read(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


def _connect_once(connection: Any) -> None:
    """Connect past the pool, which would only say that it waited in vain."""
    with connection.wrap_database_errors:
        connection.Database.connect(**connection.get_connection_params()).close()
