"""What the workers of a stack hold, and what its visitors saw, at one moment after another."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from stacks import Production

from proofs.faults.visitors import PAGES, Visit

LOOK: Final = """
import json, os, pathlib
held = []
for folder in pathlib.Path("/proc").glob("[0-9]*"):
    try:
        if pathlib.Path(folder, "stat").read_text().rpartition(") ")[2].split()[1] != "1":
            continue
        status = dict(l.split(":", 1) for l in pathlib.Path(folder, "status").read_text().splitlines())
        command = pathlib.Path(folder, "cmdline").read_text()
        if "gunicorn" in command:
            held.append([int(status["VmRSS"].split()[0]) / 1024, int(status["Threads"]),
                         len(os.listdir(folder / "fd"))])
    except (OSError, KeyError):  # it has just ended
        pass
print(json.dumps(held))
"""
"""Run in the container of web: memory (MiB), threads and files of each child of its master."""

CONNECTIONS: Final = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"


@dataclass(frozen=True)
class Sample:
    """One look. memory in MiB, p99 of pages in milliseconds; the largest of all workers."""

    minute: float
    memory: float
    threads: int
    files: int
    connections: int
    answers: int
    errors: int
    p99: float


def take(stack: Production, minute: float, visits: Sequence[Visit]) -> Sample | None:
    """Look at a stack, or return None while web is being replaced."""
    try:
        held = json.loads(stack.execute("web", "python", "-c", LOOK))
        psql = ["psql", "-U", stack.folder.name, "-Atc", CONNECTIONS]
        connections = int(stack.execute("postgres", *psql)) - 1  # our own
    except (AssertionError, ValueError):
        return None
    if not held or len(visits) < 100:
        return None
    return Sample(
        minute,
        memory=max(memory for memory, _, _ in held),
        threads=max(threads for _, threads, _ in held),
        files=max(files for _, _, files in held),
        connections=connections,
        answers=len(visits),
        errors=sum(visit.outcome != "200" for visit in visits),
        p99=1000 * statistics.quantiles([v.seconds for v in visits if v.page in PAGES], n=100)[98],
    )


ALLOWED: Final = {"memory": 1.15, "threads": 1.2, "files": 1.2, "connections": 1.2}
"""How much more the last quarter may hold than the second: medians, whose noise is below that."""


def slopes(samples: Sequence[Sample]) -> list[str]:
    """Return a sentence for each quantity that grows."""
    quarter = len(samples) // 4
    if quarter < 3:
        return [f"{len(samples)} samples are too few to see a slope."]
    found = []
    for quantity, allowed in ALLOWED.items():
        second, last = (
            statistics.median(getattr(sample, quantity) for sample in part)
            for part in (samples[quarter : 2 * quarter], samples[-quarter:])
        )
        if last > allowed * second + 1:
            found.append(f"{quantity} grew from {second:.0f} to {last:.0f}.")
    return found
