"""Scenarios under load, and what clients saw of each."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Final, NamedTuple

from serving.load import Load

from proofs.drill.balancer import balancer
from proofs.drill.cluster import cluster, until
from proofs.drill.containers import Surroundings
from proofs.drill.releases import Releases, released
from proofs.drill.scenarios import SCENARIOS, WITHOUT_PRE_STOP, Drill, Scenario
from proofs.tasks_bakeoff.servers import servers

CLIENTS: Final = 8
PAUSE: Final = 0.05
"""Seconds between an answer and the next request of a client: pods start beside the load."""


class Outcome(NamedTuple):
    """What clients saw of a scenario, and what was told; the gap in seconds."""

    stopped: int
    killed: int
    answered: int
    lost: list[str]
    gap: float
    said: str

    def row(self, name: str) -> str:
        """Return a line of the table."""
        said = f"`{self.said.replace('|', '/')}`" if self.said else ""
        return (
            f"| {name} | {self.stopped} | {self.answered:,} | {len(self.lost)} "
            f"| {self.gap:.2f} s | {said} |\n"
        )


def play(names: list[str]) -> dict[str, Outcome]:
    """Build the versions of a project, and return what came of scenarios."""
    with tempfile.TemporaryDirectory() as folder, servers() as backing:
        print("building three versions of a project", flush=True)
        with released(Path(folder), backing) as releases:
            return asyncio.run(_play(releases, names))


async def _play(releases: Releases, names: list[str]) -> dict[str, Outcome]:
    outcomes = {}
    around = Surroundings({}, releases.secrets)
    async with balancer() as (port, endpoints), cluster(endpoints, around) as made:
        for name in names:
            print(f"{name} ...", flush=True)
            drill = Drill(made, releases, pre_stop=name not in WITHOUT_PRE_STOP)
            await drill.deploy("first")
            outcomes[name] = await watched(drill, SCENARIOS[name], port)
            print(f"    {outcomes[name].row(name)}", end="", flush=True)
    return outcomes


async def watched(drill: Drill, scenario: Scenario, port: int) -> Outcome:
    """Do what a scenario says under load."""
    stops = drill.cluster.stopped
    before = len(stops)
    running = Load(port, CLIENTS, PAUSE).start()
    try:
        await until(lambda: running.answered > 10 * CLIENTS)
        said = await scenario(drill)
        answered = running.answered
        await until(lambda: running.answered > answered + 10 * CLIENTS)
    finally:
        await asyncio.to_thread(running.stop)
    stopped = stops[before:]
    killed = sum(pod.killed for pod in stopped)
    return Outcome(len(stopped), killed, running.answered, running.lost, running.longest_gap, said)
