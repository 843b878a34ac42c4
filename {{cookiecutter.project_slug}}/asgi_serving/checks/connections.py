"""Do threads, pools, workers and the database's own limit fit each other?"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from django.apps import AppConfig
from django.core.checks import CheckMessage
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db.utils import Error

from asgi_serving.checks.finding import Finding
from asgi_serving.checks.project_settings import entries, mapping, options
from asgi_serving.server.gunicorn_config import config_if_valid
from asgi_serving.settings import serving_settings

PSYCOPG_POOL_SIZE = 4
"""Connections of a psycopg pool without a size: its `min_size`, and `max_size` is the same."""

UNLIMITED = Finding(
    "asgi_serving.W013",
    "Database {alias!r} has no pool, and LANES is 0: every request that is under way may open a "
    "connection of its own.",
    "Set OPTIONS['pool'] with a max_size, or LANES.",
    "LANES=0, without a pool",
    "40 concurrent requests to Django's own handler open 40 connections.",
    when="--deploy",
)
MORE_LANES = Finding(
    "asgi_serving.W014",
    "LANES is {lanes}, and the pool of database {alias!r} has {pool} connections: requests that "
    "have a thread wait for a connection, and fail after the pool's timeout.",
    "Set LANES to {pool} or less, or the pool's max_size (DATABASE_POOL_MAX_SIZE) to {lanes} or "
    "more.",
    "LANES=20 DATABASE_POOL_MAX_SIZE=10",
    "A pool of 4 and 40 requests of two seconds gave 32 errors.",
    when="--deploy",
)
OVER_BUDGET = Finding(
    "asgi_serving.W015",
    "{workers} workers with {pool} connections each to database {alias!r} make {all}, and "
    "DATABASE_CONNECTIONS grants {budget}.",
    "Lower the number of workers or the pool's max_size (DATABASE_POOL_MAX_SIZE). While web is replaced, old and new workers "
    "overlap, so leave room for that.",
    "WEB_CONCURRENCY=8 DATABASE_POOL_MAX_SIZE=10 DATABASE_CONNECTIONS=50",
    "PostgreSQL refuses what is over its limit: too many clients already.",
    when="--deploy",
)
OVER_LIMIT = Finding(
    "asgi_serving.W016",
    "{workers} workers with {pool} connections each to database {alias!r} make {all}, and the "
    "server gives {limit} to all its clients.",
    "Lower the number of workers or the pool's max_size (DATABASE_POOL_MAX_SIZE), raise max_connections, or put PgBouncer "
    "in between.",
    "WEB_CONCURRENCY=16 DATABASE_POOL_MAX_SIZE=10",
    "PostgreSQL refuses what is over its limit: too many clients already.",
    when="--database default",
)

POOLER_ASKED = "SELECT pg_backend_pid()"
LIMIT_ASKED = (
    "SELECT current_setting('max_connections')::int"
    " - current_setting('superuser_reserved_connections')::int"
)


def check_sizes(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Compare lanes, pools and workers with each other and with the declared limit."""
    if (cfg := config_if_valid()) is None:
        return []
    return list(_sizes(cfg.workers))


def _sizes(workers: int) -> Iterator[CheckMessage]:
    lanes = serving_settings().lanes
    budget = serving_settings().database_connections
    for alias in postgresql_aliases():
        if (pool := pool_size(alias)) is None:
            if not lanes:
                yield UNLIMITED.message(alias=alias)
            continue
        if lanes > pool:
            yield MORE_LANES.message(alias=alias, lanes=lanes, pool=pool)
        if 0 < budget < (total := workers * pool):
            yield OVER_BUDGET.message(
                alias=alias, workers=workers, pool=pool, all=total, budget=budget
            )


def check_server_limit(
    app_configs: Sequence[AppConfig] | None,
    databases: Sequence[str] | None = None,
    **kwargs: Any,
) -> list[CheckMessage]:
    """Ask each PostgreSQL server how many connections it gives, unless a pooler stands before."""
    if (cfg := config_if_valid()) is None:
        return []
    found = []
    for alias in postgresql_aliases():
        pool = pool_size(alias)
        if alias not in (databases or ()) or pool is None:
            continue
        limit = server_limit(alias)
        if limit is not None and cfg.workers * pool > limit:
            facts = {"workers": cfg.workers, "pool": pool, "all": cfg.workers * pool}
            found.append(OVER_LIMIT.message(alias=alias, limit=limit, **facts))
    return found


def server_limit(alias: str) -> int | None:
    """Return how many connections the server gives, or None if that is unknown or not our limit."""
    answer = ask_server(alias)
    return None if answer is None or answer.is_pooler else answer.limit


class ServerAnswer(NamedTuple):
    """What a PostgreSQL server says of itself.

    is_pooler: whether something such as PgBouncer stands before it.
    limit: connections that it gives to all who are no superusers.
    """

    is_pooler: bool
    limit: int


def ask_server(alias: str) -> ServerAnswer | None:
    """Ask the server of a database, or return None where it gives no answer.

    A pooler such as PgBouncer tells its clients a process id of its own.
    """
    connection = connections[alias]
    try:
        with connection.cursor() as cursor:
            told = connection.connection.info.backend_pid
            cursor.execute(POOLER_ASKED)
            is_pooler = cursor.fetchone() != (told,)
            cursor.execute(LIMIT_ASKED)
            (limit,) = cursor.fetchone()
    except (Error, ImproperlyConfigured):
        return None
    return ServerAnswer(is_pooler, int(limit))


def pool_size(alias: str) -> int | None:
    """Return the most connections of a worker's pool, or None when there is no pool."""
    sizes = pool_sizes(alias)
    return sizes and sizes.most


class PoolSizes(NamedTuple):
    """How many connections a pool keeps open, at least and at most."""

    least: int
    most: int


def pool_sizes(alias: str) -> PoolSizes | None:
    """Return the sizes of each process's pool, or None when there is no pool."""
    pool = options(entries("DATABASES").get(alias, {})).get("pool")
    if not pool:
        return None
    given = mapping(pool)
    least = int(given.get("min_size", PSYCOPG_POOL_SIZE))
    return PoolSizes(least, int(given.get("max_size") or least))


def postgresql_aliases() -> list[str]:
    """Return the databases that are PostgreSQL."""
    return [
        alias
        for alias, database in entries("DATABASES").items()
        if str(database.get("ENGINE")).endswith((".postgresql", ".postgis"))
    ]
