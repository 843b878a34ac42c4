"""A scenario on a server: first visitors on every thread, then others on every thread."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from typing import Final

from proofs.isolation.clients import (
    NOTICED,
    PATIENCE,
    TICK,
    Answer,
    Client,
    Gate,
    ask,
    request,
)
from proofs.isolation.outcome import Outcome
from proofs.isolation.scenarios import Scenario
from proofs.isolation.servers import Server

OK: Final = 200
FAILED: Final = 500
UPLOAD: Final = 300_000
"""Bytes: more than Uvicorn reads ahead, so that it pauses and resumes."""


async def run(scenario: Scenario, server: Server, cookies: Mapping[str, str]) -> Outcome:
    """Let the visitors of a scenario come, and count what the later ones see.

    cookies: of users, by name.
    """
    if not scenario.receiver:
        return await _run(scenario, server, cookies)
    await ask(server.port, "/plain/connect-receiver/", {})
    try:
        return await _run(scenario, server, cookies)
    finally:
        await ask(server.port, "/plain/disconnect-receiver/", {})


async def _run(scenario: Scenario, server: Server, cookies: Mapping[str, str]) -> Outcome:
    if scenario.then != "others":
        return await _on_one_connection(scenario, server)
    outcome = Outcome()
    await first_visitors(scenario, server, cookies, outcome)
    query = {"scenario": scenario.key, "trace": scenario.trace}
    for answer in await at_once(server, f"/{scenario.site}/look/", query, outcome, scenario.key):
        count(answer, outcome)
    return outcome


async def first_visitors(
    scenario: Scenario, server: Server, cookies: Mapping[str, str], outcome: Outcome
) -> None:
    """Let the first visitors come, wait until all are there, and leave or be answered."""
    gate = server.gate(f"{scenario.key}.first")
    number = 1 if scenario.alone else server.kind.size
    users = list(cookies)[:number]
    query = {"scenario": scenario.key, "trace": scenario.trace, "gate": gate.folder.name}
    path = f"/{scenario.site}/{scenario.page}/"
    clients = [await Client.connect(server.port) for _ in range(number)]
    with ExitStack() as stack:
        if scenario.locked:
            lock = stack.enter_context(closing(server.sqlite(scenario.key)))
            lock.execute("BEGIN IMMEDIATE")
        for visitor, (client, user) in enumerate(zip(clients, users, strict=True)):
            headers = {"Cookie": cookies[user]} if scenario.session else {"X-Visitor": user}
            await client.send(request(path, query | {"visitor": visitor}, headers))
        answers = [asyncio.create_task(client.answer()) for client in clients]
        outcome.stuck += await _missing(gate, answers)
        if scenario.leaves:
            for client, answer in zip(clients, answers, strict=True):
                outcome.errors += answer.done()
                answer.cancel()
                client.leave()
            if server.kind.is_asgi:
                await gate.came(number, "left", NOTICED)
    gate.open()
    if scenario.leaves:
        return
    expected = FAILED if scenario.page.endswith("fails") else OK
    for client, answer in zip(clients, answers, strict=True):
        outcome.errors += (await answer).status != expected
        client.leave()


async def at_once(
    server: Server, path: str, query: Mapping[str, str], outcome: Outcome, name: str
) -> Sequence[Answer]:
    """Ask as many times as there are threads, and let none be answered before all are there."""
    gate = server.gate(f"{name}.look")
    query = {**query, "gate": gate.folder.name}
    size = server.kind.size
    asked = [
        asyncio.create_task(ask(server.port, path, query | {"visitor": visitor}))
        for visitor in range(size)
    ]
    outcome.stuck += await _missing(gate, asked)
    gate.open()
    return await asyncio.gather(*asked)


async def _missing(gate: Gate, asked: Sequence[asyncio.Task[Answer]]) -> int:
    """Wait for all requests at a gate, and return how many neither come nor are answered."""
    give_up = time.monotonic() + PATIENCE
    while missing := sum(not answer.done() for answer in asked) - gate.count("begun"):
        if missing < 0 or time.monotonic() > give_up:
            break
        await asyncio.sleep(TICK)
    return max(0, missing)


async def _on_one_connection(scenario: Scenario, server: Server) -> Outcome:
    """Let each next visitor come on the connection of a first one, as proxies do."""
    outcome = Outcome()
    gate = server.gate(f"{scenario.key}.same")
    gate.open()
    query = {"scenario": scenario.key, "trace": scenario.trace, "gate": gate.folder.name}
    for visitor in range(server.kind.size):
        first = request(
            f"/{scenario.site}/{scenario.page}/",
            query | {"visitor": str(visitor)},
            {"X-Visitor": "first"},
            UPLOAD if scenario.then == "upload" else 0,
        )
        second = request(f"/{scenario.site}/look-at-once/", query)
        client = await Client.connect(server.port)
        if scenario.then == "pipelined":
            await client.send(first, second)
        else:
            await client.send(first)
        outcome.errors += (await client.answer()).status != OK
        if scenario.then != "pipelined":
            await client.send(second)
        count(await client.answer(), outcome)
        client.leave()
    return outcome


def count(answer: Answer, outcome: Outcome) -> None:
    """Count what somebody saw, or that they were not answered."""
    if answer.status == OK:
        outcome.look(answer.json()["seen"])
    else:
        outcome.errors += 1
