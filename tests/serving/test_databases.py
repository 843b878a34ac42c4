"""The database, from its URL."""

import os
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from pytest_django import Settings

from asgi_serving.databases.pools import check_connection
from asgi_serving.databases.statement_timeout import limit_statements
from asgi_serving.environment.databases import database_from
from asgi_serving.environment.reading import Environment
from config.variables import BASE_DIR, GROUPS
from tests.serving.server import manage, production_environment


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
    }


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("postgres://db/site?options=-c%20search_path%3Dsite", {"options": "-c search_path=site"}),
        ("postgres://db/site?sslmode=require", {"sslmode": "require"}),
        ("sqlite:///site.sqlite3?timeout=20", {"timeout": 20}),
    ],
)
def test_options_of_the_url_are_kept(
    monkeypatch: pytest.MonkeyPatch, url: str, options: dict[str, Any]
) -> None:
    given = database(monkeypatch, DATABASE_URL=url)["OPTIONS"]
    assert isinstance(given, dict)
    assert given | options == given


@pytest.mark.parametrize(
    ("seconds", "given", "options"),
    [
        (30, None, "-c statement_timeout=30s"),
        (30, "-c search_path=site", "-c statement_timeout=30s -c search_path=site"),
        (30, "-c statement_timeout=5s", "-c statement_timeout=5s"),
        (0, "-c search_path=site", "-c search_path=site"),
        (0, None, None),
    ],
)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="only PostgreSQL has it")
def test_limit_of_statements_is_added_once(
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    seconds: int,
    given: str | None,
    options: str | None,
) -> None:
    settings.ASGI_SERVING = {"DATABASE_STATEMENT_TIMEOUT": seconds}
    changed = {} if given is None else {"options": given}
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", changed)
    limit_statements()
    limit_statements()
    assert connection.settings_dict["OPTIONS"].get("options") == options


@pytest.mark.skipif(connection.vendor == "sqlite", reason="only PostgreSQL has it")
@pytest.mark.parametrize("limit", ["30", "0"])
def test_statements_are_limited_where_it_is_served_only(tmp_path: Path, limit: str) -> None:
    """And a search path in the URL is there in both."""
    env = production_environment(
        tmp_path,
        DATABASE_URL=f"{os.environ['DATABASE_URL']}?options=-c%20search_path%3Dsite",
        DATABASE_STATEMENT_TIMEOUT=limit,
    )
    Path(env["TEST_STATIC_ROOT"]).mkdir()
    show = "from django.db import connection; cursor = connection.cursor()\n"
    for name in ("statement_timeout", "search_path"):
        show += f"cursor.execute('SHOW {name}'); print(*cursor.fetchone())\n"
    command = manage("shell", "-v", "0", "-c", show, env=env)
    assert command.stdout.split() == ["0", "site"], command.stderr
    serve = f"from asgi_serving.asgi import get_handler; get_handler()\n{show}"
    serving = manage("shell", "-v", "0", "-c", serve, env=env)
    assert serving.stdout.split() == ["30s" if limit == "30" else "0", "site"], serving.stderr


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
