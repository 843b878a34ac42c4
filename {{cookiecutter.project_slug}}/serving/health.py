"""Probes: `/livez` tells that the process answers, `/readyz` that it can do its work.

They stand outside Django, so that neither an HTTPS redirect nor `ALLOWED_HOSTS` nor the access
log concerns them.
"""

import asyncio
import dataclasses
import json
from typing import override

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from health_check.base import HealthCheck
from health_check.checks import Cache, Database
from health_check.exceptions import ServiceUnavailable

from serving.types import Receive, Scope, Send


@dataclasses.dataclass
class Migrations(HealthCheck):
    """All migrations of this code are applied."""

    @override
    def run(self) -> None:
        """Raise ServiceUnavailable while a migration is missing from the database."""
        try:
            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                raise ServiceUnavailable("Migrations are missing: run manage.py migrate")
        finally:
            connection.close()


async def livez(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer 200."""
    await _answer(send, 200, {"status": "alive"})


async def readyz(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer 200 when database, cache and migrations are in order, and 503 otherwise."""
    checks: dict[str, HealthCheck] = {
        "database": Database(),
        "cache": Cache(),
        "migrations": Migrations(),
    }
    results = await asyncio.gather(*(check.get_result() for check in checks.values()))
    failed = any(result.error for result in results)
    await _answer(
        send,
        503 if failed else 200,
        {
            "status": "unavailable" if failed else "ready",
            **{
                name: "failed" if result.error else "ok"
                for name, result in zip(checks, results, strict=True)
            },
        },
    )


async def _answer(send: Send, status: int, content: dict[str, str]) -> None:
    body = json.dumps(content).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
