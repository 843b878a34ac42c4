"""Probes: `/livez` tells that the process answers, `/readyz` that it can do its work.

They stand outside Django, so that neither an HTTPS redirect nor `ALLOWED_HOSTS` nor the access
log concerns them.
"""

import asyncio
import json
import logging
import uuid
from collections.abc import Callable
from typing import Final

from django.core.cache import cache
from django.db.migrations.executor import MigrationExecutor

from asgi_serving.databases.pools import usable_databases
from asgi_serving.drain import drain
from asgi_serving.types import Receive, Scope, Send

logger = logging.getLogger("asgi_serving.application.probes")

TIMEOUT: Final = 5
"""How long a check may take before it counts as failed, in seconds."""


def check_database() -> None:
    """Ask every database for a row. Raises what the database raises."""
    for connection in usable_databases():
        with connection.temporary_connection() as cursor:
            cursor.execute("SELECT 1")


def check_cache() -> None:
    """Write a value to the cache and read it. Raises RuntimeError, and what the cache raises."""
    key = f"readyz:{uuid.uuid4()}"
    cache.set(key, key, timeout=TIMEOUT)
    if cache.get(key) != key:
        raise RuntimeError("the cache forgets")


def check_migrations() -> None:
    """Compare the migrations of this code with the databases. Raises RuntimeError."""
    for connection in usable_databases():
        try:
            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                raise RuntimeError("a migration is missing, run manage.py migrate")
        finally:
            connection.close()


CHECKS: Final[dict[str, Callable[[], None]]] = {
    "database": check_database,
    "cache": check_cache,
    "migrations": check_migrations,
}


async def livez(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer 200."""
    await _answer(send, 200, {"status": "alive"})


async def readyz(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer 200 when database, cache and migrations are in order, and 503 otherwise.

    Also 503 as soon as the worker drains: whoever balances load shall send no more.
    """
    if drain.begun:
        await _answer(send, 503, {"status": "draining"})
        return
    passed = await asyncio.gather(*(_passes(name) for name in CHECKS))
    results = {
        name: "ok" if result else "failed" for name, result in zip(CHECKS, passed, strict=True)
    }
    status = "ready" if all(passed) else "unavailable"
    await _answer(send, 200 if all(passed) else 503, {"status": status, **results})


async def _passes(name: str) -> bool:
    try:
        await asyncio.wait_for(asyncio.to_thread(CHECKS[name]), TIMEOUT)
    except Exception as error:  # noqa: BLE001  # whatever it is, the worker is not ready
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        logger.warning("Not ready, the check of the %s failed: %s", name, reason)
        return False
    return True


async def _answer(send: Send, status: int, content: dict[str, str]) -> None:
    body = json.dumps(content).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
