"""The database, from its URL."""

import os
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from asgi_serving.databases.pools import check_connection
from asgi_serving.environment.databases import database_from
from asgi_serving.environment.reading import Environment
from config.variables import BASE_DIR, GROUPS
from tests.serving.server import manage


def database(monkeypatch: pytest.MonkeyPatch, **variables: str) -> dict[str, object]:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return database_from(Environment(GROUPS), BASE_DIR)


def test_sqlite_is_made_for_concurrent_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    default = database(monkeypatch)
    assert default["NAME"] == BASE_DIR / "db.sqlite3"
    assert default["OPTIONS"] == {
        "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;",
        "transaction_mode": "IMMEDIATE",
        "timeout": 5,
    }


def test_postgresql_goes_through_a_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    default = database(
        monkeypatch,
        DATABASE_URL="postgres://ada@db:5433/site",
        DATABASE_PASSWORD="p@ss/word",
        DATABASE_POOL_MAX_SIZE="7",
    )
    assert default["CONN_MAX_AGE"] == 0
    assert (default["HOST"], default["PORT"], default["NAME"]) == ("db", 5433, "site")
    assert default["PASSWORD"] == "p@ss/word"
    assert default["OPTIONS"] == {
        "pool": {"min_size": 2, "max_size": 7, "timeout": 5, "check": check_connection},
        "options": "-c statement_timeout=30s",
    }


def test_statement_timeout_can_be_left_to_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    default = database(
        monkeypatch, DATABASE_URL="postgres://db/site", DATABASE_STATEMENT_TIMEOUT="0"
    )
    options = default["OPTIONS"]
    assert isinstance(options, dict)
    assert "options" not in options


@pytest.mark.parametrize("url", ["postgres://", "postgres://host", "postgres://host:port/name"])
def test_unusable_url_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL must be like postgres://"):
        database(monkeypatch, DATABASE_URL=url)


@pytest.mark.skipif(connection.vendor == "sqlite", reason="only PostgreSQL has a pool")
def test_connection_that_the_server_closed_is_replaced_before_it_is_used() -> None:
    import psycopg  # noqa: PLC0415  # SQLite does without
    from psycopg_pool import ConnectionPool  # noqa: PLC0415

    parameters: dict[str, Any] = {**connection.get_connection_params(), "autocommit": True}
    with (
        ConnectionPool(kwargs=parameters, min_size=2, max_size=2, check=check_connection) as pool,
        psycopg.connect(**parameters) as other,
    ):
        with pool.connection() as first, pool.connection() as second:
            old = {first.info.backend_pid, second.info.backend_pid}
        for process in old:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [process])
        with pool.connection() as first, pool.connection() as second:
            new = {first.info.backend_pid, second.info.backend_pid}
            assert first.execute("SELECT 1").fetchone() == (1,)
        assert not new & old


@pytest.mark.skipif(connection.vendor == "sqlite", reason="only PostgreSQL has a pool")
def test_management_command_does_not_wait_for_its_pool() -> None:
    query = "from django.db import connection; connection.cursor().execute('SELECT 1')"
    done = manage("shell", "-v", "0", "-c", query, env={**os.environ})
    assert done.returncode == 0, done.stderr
    assert "couldn't stop thread" not in done.stdout + done.stderr
