"""What one visitor leaves in a PostgreSQL session does not reach the next one.

A pool hands sessions on: a role, a search path, settings, temporary tables, advisory locks and
`LISTEN` stay with them. `DISCARD ALL` is PostgreSQL's own way to end that, see
https://www.postgresql.org/docs/current/sql-discard.html. Here it is all of its parts but prepared
statements and plans, which tell nobody anything: in one round trip, and so cheap that the
slowest page of the benchmark loses a few per cent.
"""

import logging
from functools import lru_cache
from typing import Any, Final

from django.db.backends.base.base import BaseDatabaseWrapper

logger = logging.getLogger("asgi_serving.connections")

RESET: Final = (
    "CLOSE ALL",
    "SET SESSION AUTHORIZATION DEFAULT",
    "RESET ALL",
    "UNLISTEN *",
    "SELECT pg_advisory_unlock_all()",
    "DISCARD TEMP",
    "DISCARD SEQUENCES",
)
OF_TRANSACTIONS: Final = ("isolation_level", "read_only", "deferrable")
"""What psycopg itself remembers for the transactions to come."""


def can_be_reset(session: Any) -> bool:
    """Whether this is a psycopg 3 connection, which is still open."""
    return hasattr(session, "pgconn") and not session.closed


def reset_session(database: BaseDatabaseWrapper, session: Any) -> bool:
    """Make a session what it was when it was opened; or close it, if that cannot be done, and say so.

    database: the wrapper that the session belongs to, whose time zone and role it gets.
    """
    from psycopg import Error, pq  # noqa: PLC0415  # only who uses PostgreSQL has it

    status = pq.TransactionStatus
    try:
        if session.pgconn.transaction_status in {status.INTRANS, status.INERROR}:
            session.rollback()
        role = database.settings_dict["OPTIONS"].get("assume_role")
        result = session.pgconn.exec_(_statements(database.timezone_name, role))
        if result.status not in {pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK}:
            raise Error(pq.error_message(result))  # noqa: TRY301  # as those of the line before
        for name in OF_TRANSACTIONS:
            if getattr(session, name) is not None:
                setattr(session, name, None)
        session.was_used = False
    except Error as error:
        reason = " ".join(str(error).split())
        logger.warning(
            "A session of %r could not be reset and is closed (DATABASE_SESSION_RESET): %s",
            database.alias, reason,
        )  # fmt: skip
        session.close()
        return False
    return True


@lru_cache(maxsize=100)
def _statements(time_zone: str | None, role: str | None) -> bytes:
    from psycopg import sql  # noqa: PLC0415  # only who uses PostgreSQL has it

    statements: list[sql.Composable] = [sql.SQL(statement) for statement in RESET]
    if time_zone:
        statements.append(sql.SQL("SET TimeZone TO {}").format(sql.Literal(time_zone)))
    if role:
        statements.append(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
    return sql.SQL("; ").join(statements).as_bytes(None)
