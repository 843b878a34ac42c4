"""What pages that query on threads of nobody leave of the pool of connections."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from typing import Final

import psycopg

from proofs.isolation.clients import ask
from proofs.isolation.outcome import Outcome, Outcomes
from proofs.isolation.servers import Server
from proofs.isolation.trials import OK, at_once

GROUP: Final = "The pool after 60 requests"
PAGES: Final = {
    "missing": ("the page of a 404 asks who the user is", 404),
    "to-thread": ("`asyncio.to_thread` with a query", OK),
    "insensitive": ("`sync_to_async(thread_sensitive=False)` with a query", OK),
}
"""What is asked for: what it is, and the status. WSGI has no event loop with threads."""

CLEAN: Final = frozenset((GROUP, name) for name, _ in PAGES.values())

REQUESTS: Final = 60
AT_A_TIME: Final = 10
SETTLED: Final = 5
"""Seconds after which a connection that is still held will be so for ever."""


async def drain(server: Server, cookies: Mapping[str, str]) -> Outcomes:
    """Ask for each page; connections that are held afterwards, or too many, count as leaks."""
    outcomes = {}
    for page, (name, status) in PAGES.items():
        if not server.kind.is_asgi and status == OK:
            continue
        outcomes[GROUP, name] = await _drain(server, page, status, next(iter(cookies.values())))
        await ask(server.port, "/plain/renew-pool/", {})
    return outcomes


async def _drain(server: Server, page: str, status: int, cookie: str) -> Outcome:
    outcome = Outcome()
    turn = asyncio.Semaphore(AT_A_TIME)

    async def visit() -> None:
        async with turn:
            answer = await ask(server.port, f"/plain/{page}/", {}, {"Cookie": cookie})
        outcome.errors += answer.status != status

    await asyncio.gather(*(visit() for _ in range(REQUESTS)))
    give_up = time.monotonic() + SETTLED
    while (held := await _held(server)) and time.monotonic() < give_up:
        await asyncio.sleep(0.05)
    too_many = max(0, _connections(server) - server.kind.size)
    outcome.leaks = held + too_many
    query = {"trace": "nothing"}
    for answer in await at_once(server, "/plain/look/", query, outcome, f"pool {page}"):
        outcome.looks += answer.status == OK
        outcome.errors += answer.status != OK
    if server.kind.is_asgi:
        outcome.errors += not await _is_ready(server)
    return outcome


async def _is_ready(server: Server) -> bool:
    """Tell whether `/readyz` finds all well; the scenarios' own databases have no migrations."""
    checks = json.loads((await ask(server.port, "/readyz", {})).text)
    return {checks[name] for name in checks.keys() - {"status", "migrations"}} == {"ok"}


async def _held(server: Server) -> int:
    held: int = (await ask(server.port, "/plain/pool/", {})).json()["held"]
    return held


def _connections(server: Server) -> int:
    """Return how many connections the server has to its database, which nobody else uses."""
    with psycopg.connect(server.database) as connection:
        found = connection.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        ).fetchone()
    return int(found[0]) if found else 0
