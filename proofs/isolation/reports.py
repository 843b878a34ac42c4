"""What Sentry is told of a failure: whose request it was, and nobody else's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qs

from proofs.isolation.clients import Client, request
from proofs.isolation.outcome import Outcome, Outcomes
from proofs.isolation.scenarios import ENDS, Scenario
from proofs.isolation.servers import Server
from proofs.isolation.trials import FAILED, at_once, first_visitors

GROUP: Final = "sentry-sdk"
FAILURES: Final = 200
MANY: Final = f"{FAILURES} failures of 12 users and nobody"
BEFORE: Final = {name: end for name, end in ENDS.items() if not end[0].endswith("fails")}
"""What happens to the request before, as in `scenarios.ENDS`."""

CLEAN: Final = frozenset((GROUP, name) for name in (*BEFORE, MANY))
AT_A_TIME: Final = 10


async def report(server: Server, cookies: Mapping[str, str]) -> Outcomes:
    """Fail as nobody after requests of users, and as many users at once."""
    outcomes = {}
    for name, (page, leaves) in BEFORE.items():
        scenario = Scenario(GROUP, name, "plain", "nothing", page, leaves, session=True)
        outcome = outcomes[GROUP, name] = Outcome()
        await first_visitors(scenario, server, cookies, outcome)
        for answer in await at_once(server, "/plain/report/", {}, outcome, scenario.key):
            outcome.errors += answer.status != FAILED
        told = _told(server, f"{scenario.key}-look")
        for visitor in range(server.kind.size):
            _count(outcome, told.get(str(visitor), "not told"), None)
    outcomes[GROUP, MANY] = await _many(server, cookies)
    return outcomes


async def _many(server: Server, cookies: Mapping[str, str]) -> Outcome:
    outcome = Outcome()
    gate = server.gate("sentry.many")
    gate.open()
    turn = asyncio.Semaphore(AT_A_TIME)
    users = {**cookies, "": ""}

    async def visit(number: int) -> None:
        user = list(users)[number % len(users)]
        query = {"gate": gate.folder.name, "visitor": number}
        headers = {"Cookie": users[user]} if user else {}
        async with turn:
            client = await Client.connect(server.port)
            await client.send(request("/plain/report/", query, headers))
            outcome.errors += (await client.answer()).status != FAILED
            client.leave()

    await asyncio.gather(*(visit(number) for number in range(FAILURES)))
    told = _told(server, gate.folder.name)
    for number in range(FAILURES):
        _count(outcome, told.get(str(number), "not told"), list(users)[number % len(users)] or None)
    return outcome


def _count(outcome: Outcome, told: str | None, own: str | None) -> None:
    """Count an event; one that did not come is an error."""
    if told == "not told":
        outcome.errors += 1
    else:
        outcome.look(told if told != own else None)


def _told(server: Server, gate: str) -> dict[str, str | None]:
    """Return whose the requests at a gate were, as Sentry was told, by their visitor."""
    told = {}
    for line in (server.folder / "gates" / "reports.jsonl").read_text().splitlines():
        event = json.loads(line)
        query = parse_qs(event["query"])
        if query.get("gate") == [gate]:
            told[query["visitor"][0]] = event["user"]
    return told
