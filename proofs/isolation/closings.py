"""How often a response is closed whose class overrides `close`."""

from __future__ import annotations

import time
from typing import Final

from proofs.isolation.clients import ask
from proofs.isolation.outcome import Outcome, Outcomes
from proofs.isolation.servers import Server
from proofs.isolation.trials import OK

GROUP: Final = "`close` of a response, overridden"
PAGES: Final = {"closing": "sync view", "closing-async": "async view"}
CLEAN: Final = frozenset((GROUP, name) for name in PAGES.values())
RESPONSES: Final = 10
SETTLED: Final = 3
"""Seconds for all to be closed; it happens after the answer."""


async def close(server: Server) -> Outcomes:
    """Ask for responses; each that was not closed exactly once counts as a leak."""
    outcomes = {}
    for page, name in PAGES.items():
        outcome = outcomes[GROUP, name] = Outcome()
        visitors = [str(number) for number in range(RESPONSES)]
        for visitor in visitors:
            answer = await ask(server.port, f"/plain/{page}/", {"gate": page, "visitor": visitor})
            outcome.errors += answer.status != OK
        give_up = time.monotonic() + SETTLED
        times = await _times(server, page)
        while set(times) < set(visitors) and time.monotonic() < give_up:
            times = await _times(server, page)
        for visitor in visitors:
            closed = times.get(visitor, 0)
            outcome.look(None if closed == 1 else f"closed {closed} times")
    return outcomes


async def _times(server: Server, page: str) -> dict[str, int]:
    return (await ask(server.port, "/plain/times-closed/", {"gate": page})).json()
