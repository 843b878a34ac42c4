"""What became of the tasks, as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from proofs.tasks_bakeoff.sizes import Sizes

RELIED_ON: Final = ("django-ox",)
"""Whose own promise is the project's.

Celery's is not: it loses a message now and then, and the project finds it again by a row of its own.
`tests/template/test_tasks_survive.py` proves that.
"""


@dataclass
class Counts:
    """Of one scenario.

    lost: never ran to their end, though all was quiet at last.
    twice: began more than once.
    told: of those, how many were told that it is not their first time.
    stuck: still taken for running at the end.
    """

    tasks: int
    lost: int
    twice: int
    told: int
    stuck: int

    def __str__(self) -> str:
        """Fit for a cell of the table."""
        twice = f"{self.twice} ({self.told} told)" if self.twice else "0"
        return f"{self.lost} / {self.stuck} / {twice}"


@dataclass
class Outcome:
    """Of one candidate. Times are in seconds, the latency in milliseconds."""

    kills: Counts
    stop: Counts
    stop_seconds: float
    restart: Counts
    restarted_workers: int
    rate: float
    latency: float


def from_json(row: dict[str, Any]) -> Outcome:
    """Return an outcome that was written before."""
    counts = {name: Counts(**row[name]) for name in ("kills", "stop", "restart")}
    return Outcome(**row | counts)


def markdown(outcomes: Mapping[str, Outcome], sizes: Sizes) -> Iterator[str]:
    """Yield the lines of the table."""
    yield (
        f"| | {sizes.kills} × `kill -9` in {sizes.tasks} tasks | SIGTERM under load | time to exit "
        "| restart of the store | workers that died of it | tasks a second | from enqueue to start |"
    )
    yield "|---|---:|---:|---:|---:|---:|---:|---:|"
    for name, outcome in outcomes.items():
        yield (
            f"| {name} | {outcome.kills} | {outcome.stop} | {outcome.stop_seconds:.1f} s "
            f"| {outcome.restart} | {outcome.restarted_workers} | {outcome.rate:.0f} "
            f"| {outcome.latency:.0f} ms |"
        )


def promises_broken(outcomes: Mapping[str, Outcome]) -> Iterator[str]:
    """Yield a sentence for each promise that projects rely on and that does not hold."""
    for name in RELIED_ON:
        if name not in outcomes:
            continue
        for scenario in ("kills", "stop", "restart"):
            counts: Counts = getattr(outcomes[name], scenario)
            if counts.lost or counts.stuck:
                yield f"{name}: {counts.lost} tasks lost, {counts.stuck} stuck ({scenario})"
            if counts.told < counts.twice:
                yield f"{name}: {counts.twice - counts.told} ran again untold ({scenario})"
