"""The database, from its URL: SQLite in a file, or PostgreSQL through a pool."""

from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from environ import Env

from asgi_serving.databases.pools import check_connection
from asgi_serving.environment.reading import Environment


def database_from(env: Environment, folder: Path) -> dict[str, Any]:
    """Return an entry of `DATABASES` for the variables of the database.

    folder: what the path of a SQLite file is relative to.

    Raises ImproperlyConfigured: the URL has no host, no name, or a port that is no number.
    """
    url: str = env["DATABASE_URL"]
    if url.startswith("sqlite:"):
        return _sqlite(url, folder)
    return _postgresql(url, env)


def _sqlite(url: str, folder: Path) -> dict[str, Any]:
    database: dict[str, Any] = Env.db_url_config(url)
    if database["NAME"] != ":memory:":
        database["NAME"] = folder / database["NAME"]
    database["OPTIONS"] = {
        # Readers go on while one writes, and a commit need not wait for the disk.
        "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;",
        # Taking the write lock at the start lets SQLite wait for it; a read transaction that
        # turns into a write fails at once.
        "transaction_mode": "IMMEDIATE",
        "timeout": 5,
        **database.get("OPTIONS", {}),  # of the URL
    }
    return database


def _postgresql(url: str, env: Environment) -> dict[str, Any]:
    try:
        database: dict[str, Any] = Env.db_url_config(url)
    except ValueError:
        database = {"HOST": "", "NAME": ""}
    if not (database["HOST"] and database["NAME"]):
        raise ImproperlyConfigured(
            "DATABASE_URL must be like postgres://USER:PASSWORD@HOST:5432/NAME"
        )
    database["PASSWORD"] = database["PASSWORD"] or env["DATABASE_PASSWORD"]
    # Under ASGI a connection kept for a request's thread is never found again: the pool keeps
    # them instead, for the whole worker.
    database["CONN_MAX_AGE"] = 0
    options = database.setdefault("OPTIONS", {})
    options["pool"] = {
        "min_size": env["DATABASE_POOL_MIN_SIZE"],
        "max_size": env["DATABASE_POOL_MAX_SIZE"],
        "timeout": env["DATABASE_POOL_TIMEOUT"],
        # A connection that died with a restarted server is replaced before a request gets it.
        "check": check_connection,
    }
    return database
