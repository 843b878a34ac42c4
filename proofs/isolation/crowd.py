"""Twelve users at once, a third of whose requests are cut short."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from typing import Final

from proofs.isolation.clients import Client, ask, request
from proofs.isolation.outcome import Outcome, Outcomes
from proofs.isolation.servers import Server
from proofs.isolation.trials import OK

GROUP: Final = "12 users, 1,500 requests, a third cut short"
REQUESTS: Final = 1500
AT_A_TIME: Final = 24
PAGES: Final = ("crowd-sync", "crowd-async", "crowd-stream")
LONG, SHORT = 0.08, 0.002
"""How many seconds a page takes that is cut short, and one that is not."""

WAYS: Final = (
    "request.user", "context variable", "thread-local, after", "thread-local, mixin",
    "django-crum", "structlog",
)  # fmt: skip
"""The ways to tell the user that the pages try."""

CLEAN: Final = frozenset((GROUP, way) for way in WAYS)
ENOUGH: Final = 20
"""After how many failures the rest stays away: stock loses a connection of the pool with a client
that leaves, and when there is none left, each request fails after having waited for one.
"""


async def come(server: Server, cookies: Mapping[str, str]) -> Outcomes:
    """Let them come, and count for each way to tell the user how many answers name another."""
    turn = asyncio.Semaphore(AT_A_TIME)
    failures = 0
    gate = server.gate("crowd")
    outcomes = {(GROUP, way): Outcome() for way in WAYS}
    # One of thirteen is nobody.
    users = {**cookies, "": ""}
    chance = random.Random(12)  # noqa: S311  # the same crowd each time
    plan = [(chance.choice(list(users)), chance.choice(PAGES)) for _ in range(REQUESTS)]

    async def visit(number: int, user: str, page: str) -> None:
        query: dict[str, object] = {"gate": gate.folder.name, "visitor": number}
        headers = {"Cookie": users[user]} if user else {}
        path = f"/crowd/{page}/"
        nonlocal failures
        async with turn:
            if failures >= ENOUGH:
                return
            if number % 3 == 0:
                client = await Client.connect(server.port)
                await client.send(request(path, {**query, "seconds": LONG}, headers))
                answering = asyncio.create_task(client.answer())
                await gate.has_begun(str(number), answering)
                failures += answering.done() and answering.result().status != OK
                answering.cancel()
                client.leave()
                return
            answer = await ask(server.port, path, {**query, "seconds": SHORT}, headers)
        failures += answer.status != OK
        names = answer.json()
        for (_, way), outcome in outcomes.items():
            if answer.status == OK:
                named = names[way]
                outcome.look(named if named not in {None, user} else None)
            else:
                outcome.errors += 1

    await asyncio.gather(*(visit(number, *planned) for number, planned in enumerate(plan)))
    return outcomes
