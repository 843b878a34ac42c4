"""What is measured of a server with many open connections."""

from __future__ import annotations

import json
import math
import statistics
import subprocess
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from proofs.connections.servers import DEADLINE, Kind, Server, Site, started

PROCESSES: Final = 2
"""In how many processes the clients are."""

MESSAGES: Final = 5
"""How many messages are published, one after the other; the median of each figure counts."""


COLUMNS: Final = (
    "",
    "memory of each",
    "half are told",
    "99 % are",
    "the last is",
    "a reload: all are back",
    "most connects in 100 ms",
)
HEADING: Final = f"| {' | '.join(COLUMNS)} |\n|---{'|---:' * (len(COLUMNS) - 1)}|\n"


@dataclass
class Outcome:
    """What was measured. memory of a connection in bytes, times in seconds."""

    memory: float = math.nan
    reached: list[list[float]] = field(default_factory=list)
    again: float = math.nan
    most_connects: int = 0
    problems: list[str] = field(default_factory=list)

    def row(self, name: str) -> str:
        """Return a line of the table."""
        cells = [f"{self.memory / 1024:.1f} KiB"]
        for share in (0.5, 0.99, 1):
            each = [times[math.ceil(share * len(times)) - 1] for times in self.reached]
            cells.append(f"{1000 * statistics.median(each):,.0f} ms" if each else "–")
        cells += [f"{self.again:.1f} s", str(self.most_connects)]
        return f"| {name} | {' | '.join(cells)} |\n"


class Crowds:
    """The clients, in processes of their own."""

    def __init__(self, server: Server, connections: int) -> None:
        """Begin to connect them."""
        crowd = Path(__file__).with_name("crowd.py")
        self.processes = []
        for number in range(PROCESSES):
            share = connections // PROCESSES + (number < connections % PROCESSES)
            # Addresses of their own, so that there are ports enough for connections that just ended.
            where = [server.port, server.kind.path, str(share), f"127.0.0.{number + 2}"]
            self.processes.append(
                subprocess.Popen(
                    [server.site.python, str(crowd), *where],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )

    def look(self) -> list[dict[str, Any]]:
        """Return what the processes have seen since the last look."""
        seen = []
        for process in self.processes:
            assert process.stdin is not None  # noqa: S101  # for mypy
            assert process.stdout is not None  # noqa: S101
            process.stdin.write("\n")
            process.stdin.flush()
            seen.append(json.loads(process.stdout.readline()))
        return seen


@contextmanager
def crowds(server: Server, connections: int) -> Iterator[Crowds]:
    """Give the clients, and end them."""
    clients = Crowds(server, connections)
    try:
        yield clients
    finally:
        for process in clients.processes:
            process.kill()
            process.wait()


def measure(kind: Kind, site: Site, connections: int) -> Outcome:
    """Connect so many clients, tell them something, and replace the server under them."""
    outcome = Outcome()
    with started(kind, site) as server:
        server.ask("/tell/")  # what is imported and connected by the first message
        before = server.memory()
        with crowds(server, connections) as clients:
            if not until(lambda: connected(clients.look()) == connections):
                outcome.problems.append("not all could connect")
                return outcome
            outcome.memory = (server.memory() - before) / connections
            for _ in range(MESSAGES):
                server.ask("/tell/")
                times = told(clients, connections)
                outcome.reached.append(times)
                if len(times) < connections:
                    outcome.problems.append(f"{connections - len(times)} were not told")
            replaced(server, clients, connections, outcome)
    return outcome


def told(clients: Crowds, connections: int) -> list[float]:
    """Return how long a message took to each client, the quickest first."""
    times: list[float] = []

    def are_all() -> bool:
        for seen in clients.look():
            for latencies in seen["latencies"].values():
                times.extend(latencies)
        return len(times) >= connections

    until(are_all, 60)
    return sorted(times)


def replaced(server: Server, clients: Crowds, connections: int, outcome: Outcome) -> None:
    """Replace the server, and take notice of how the clients come back."""
    old = {worker.pid for worker in server.workers()}
    clients.look()
    began = time.monotonic()
    server.replace()
    connects: list[float] = []

    def are_back() -> bool:
        seen = clients.look()
        for each in seen:
            connects.extend(each["connects"])
        gone = not old & {worker.pid for worker in server.workers()}
        return gone and connected(seen) == connections and len(connects) >= connections

    if not until(are_back):
        outcome.problems.append("not all came back after a reload")
    # Not from the signal on: until a new worker serves, the old one does.
    connects.sort()
    outcome.again = max(connects, default=began) - min(connects, default=began)
    outcome.most_connects = max(
        (bisect_left(connects, moment + 0.1) - at for at, moment in enumerate(connects)), default=0
    )


def connected(seen: list[dict[str, Any]]) -> int:
    """Return how many clients are connected."""
    return sum(each["connected"] for each in seen)


def until(condition: Callable[[], bool], seconds: float = DEADLINE) -> bool:
    """Wait for a condition, and tell whether it came true."""
    give_up = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > give_up:
            return False
        time.sleep(0.2)
    return True
