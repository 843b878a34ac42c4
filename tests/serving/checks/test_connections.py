"""Threads, pools, workers and limits."""

from typing import Any
from unittest.mock import patch

import pytest
from django.core.checks import run_checks
from django.db import connection
from pytest_django import Settings

from asgi_serving.checks import connections
from asgi_serving.checks.connections import check_server_limit, check_sizes, server_limit
from tests.serving.checks.conftest import Give, ids

pytestmark = pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")  # nothing connects

POOL = {"min_size": 2, "max_size": 10}


def database(pool: Any, engine: str = "django.db.backends.postgresql") -> dict[str, Any]:
    return {"default": {"ENGINE": engine, "OPTIONS": {"pool": pool} if pool else {}}}


@pytest.mark.parametrize(
    ("sizes", "found"),
    [
        ((None, 0, 0), ["W013"]),
        ((POOL, 11, 0), ["W014"]),
        ((True, 5, 0), ["W014"]),
        (({"min_size": 6}, 7, 0), ["W014"]),
        ((POOL, 10, 39), ["W015"]),
        ((POOL, 20, 39), ["W014", "W015"]),
        ((POOL, 10, 0), []),
        ((POOL, 10, 40), []),
        ((POOL, 3, 1000), []),
        ((POOL, 0, 0), []),
        ((True, 4, 0), []),
        ((None, 10, 0), []),
    ],
)
def test_sizes(
    settings: Settings, flags: Give, sizes: tuple[Any, int, int], found: list[str]
) -> None:
    pool, lanes, granted = sizes
    flags("--workers 4")
    settings.DATABASES = database(pool)
    settings.ASGI_SERVING = {"LANES": lanes, "DATABASE_CONNECTIONS": granted}
    assert ids(check_sizes(None)) == found


@pytest.mark.parametrize("lanes", [0, 99])
def test_sqlite_has_no_limit(settings: Settings, lanes: int) -> None:
    settings.DATABASES = database(None, "django.db.backends.sqlite3")
    settings.ASGI_SERVING = {"LANES": lanes}
    assert ids(check_sizes(None)) == []


@pytest.mark.parametrize(
    ("limit", "databases", "found"),
    [
        (39, ["default"], ["W016"]),
        (1, ["other", "default"], ["W016"]),
        (40, ["default"], []),
        (None, ["default"], []),  # unknown, or a pooler's
        (39, None, []),
        (39, ["other"], []),
    ],
)
def test_server_limit(
    settings: Settings, flags: Give, limit: int | None, databases: Any, found: list[str]
) -> None:
    flags("--workers 4")
    settings.DATABASES = database(POOL)
    with patch.object(connections, "server_limit", return_value=limit):
        assert ids(check_server_limit(None, databases)) == found


@pytest.mark.usefixtures("asked")
def test_database_is_asked_only_when_told_to() -> None:
    with patch.object(connections, "server_limit") as asked:
        run_checks(tags=["asgi_serving"], include_deployment_checks=True)
    asked.assert_not_called()


@pytest.mark.django_db
def test_limit_is_the_servers() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("only PostgreSQL has a limit")
    with connection.cursor() as cursor:
        cursor.execute("SHOW max_connections")
        (most,) = cursor.fetchone()
    assert 0 < (server_limit("default") or 0) < int(most)


@pytest.mark.django_db
def test_limit_behind_a_pooler_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("only PostgreSQL has poolers")
    # A pooler names a process of its own; the server names the one that it started.
    monkeypatch.setattr(connections, "POOLER_ASKED", "SELECT pg_backend_pid() + 1")
    assert server_limit("default") is None
