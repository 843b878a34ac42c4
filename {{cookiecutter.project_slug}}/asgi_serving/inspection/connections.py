"""How many connections a site of some size takes of a database, and what it is granted."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Self

from asgi_serving.checks.connections import ask_server, pool_sizes
from asgi_serving.inspection.size import Size
from asgi_serving.settings import serving_settings

POSTGRESQL_DEFAULT: Final = 100 - 3
"""`max_connections` less `superuser_reserved_connections` of a server that was told neither, see
https://www.postgresql.org/docs/current/runtime-config-connection.html."""

BESIDES_A_POOL: Final = 2
"""Connections that a process with tasks may have besides its pool: django-ox has as many."""

LEAST_POOL: Final = 4
"""Nobody is told to have a smaller pool than psycopg's own, see
https://www.psycopg.org/psycopg3/docs/api/pool.html."""


@dataclass(frozen=True)
class Connections:
    """What one PostgreSQL database must grant, in connections.

    worker: most of each worker; None if nothing bounds them.
    workers, task_workers: how many there are.
    migrate: of a management command.
    granted: to all of them; None if a pooler stands before the server.
    """

    alias: str
    worker: int | None
    workers: int
    task_workers: int
    migrate: int
    granted: int | None
    granted_by: str

    @classmethod
    def of(cls, alias: str, size: Size) -> Self:
        """Count what this size takes, and ask the server what it gives."""
        workers = size.replicas * size.workers
        granted = _granted(alias)
        if sizes := pool_sizes(alias):
            most = size.pool or sizes.most
            # A pool that is just being filled grows by one for who cannot wait.
            migrate = min(sizes.least + 1, most)
            return cls(alias, most, workers, size.task_workers, migrate, *granted)
        threads = size.lanes + _background_threads() if size.lanes else None
        return cls(alias, threads, workers, size.task_workers, 1, *granted)

    @property
    def of_workers(self) -> int:
        """Most of all workers."""
        return self.workers * (self.worker or 0)

    @property
    def of_task_workers(self) -> int:
        """Most of all processes with tasks."""
        return self.task_workers * ((self.worker or 0) + BESIDES_A_POOL)

    @property
    def update(self) -> int:
        """Most of all while old and new processes run side by side, and somebody migrates."""
        return 2 * (self.of_workers + self.of_task_workers) + self.migrate

    @property
    def missing(self) -> int:
        """How many more an update takes than are granted."""
        return 0 if self.granted is None else max(self.update - self.granted, 0)

    @property
    def largest_pool(self) -> int:
        """The largest pool of each process with which an update fits; none if it is 0 or less."""
        pools = (self.granted or 0) - self.migrate - 2 * self.task_workers * BESIDES_A_POOL
        return pools // (2 * (self.workers + self.task_workers))

    def rows(self) -> Iterator[tuple[str, Any]]:
        """Yield names and values for people and programs."""
        if self.worker is None:
            yield "each worker", "one for each request: there are no lanes and no pool"
        else:
            yield "each worker", self.worker
            yield "all workers", self.of_workers
            yield "all task workers", self.of_task_workers
            yield "migrate", self.migrate
            yield "all, old and new, during an update", self.update
        yield "granted", "unknown" if self.granted is None else self.granted
        yield "granted by", self.granted_by

    def advice(self, lanes: int) -> Iterator[str]:
        """Yield what to do so that it fits, the first first; nothing if it does."""
        if self.worker is None:
            yield f"Set LANES, or give {self.alias!r} a pool: nothing bounds its connections."
            return
        if lanes > self.worker:
            yield f"Set LANES to {self.worker} or less: each may need one of the pool's connections."
        if not self.missing:
            return
        if self.largest_pool >= LEAST_POOL:
            yield (
                f"Set DATABASE_POOL_MAX_SIZE and LANES to {self.largest_pool}: an update lacks "
                f"{self.missing} connections to {self.alias!r}."
            )
        yield (
            f"Raise max_connections of {self.alias!r} by {self.missing}, if the server has the "
            "memory."
        )
        yield "Put PgBouncer between, in transaction mode."


def _granted(alias: str) -> tuple[int | None, str]:
    if budget := serving_settings().database_connections:
        return budget, "DATABASE_CONNECTIONS"
    answer = ask_server(alias)
    if answer is None:
        return POSTGRESQL_DEFAULT, "PostgreSQL's default, because this server cannot be asked"
    if answer.is_pooler:
        return None, f"a pooler, whose pools must fit the {answer.limit} that the server gives"
    return answer.limit, "the server: max_connections, less what superusers keep"


def _background_threads() -> int:
    """Return how many threads asyncio has here, by the documentation of `ThreadPoolExecutor`."""
    return min(32, (os.cpu_count() or 1) + 4)
