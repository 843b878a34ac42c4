"""Serve the same site in four ways, and count which visitors see what is another's.

    nox -s isolation                  everything; the table is in docs/isolation
    nox -s isolation -- crum          the scenarios with this word in their names; no table
    nox -s isolation -- --quick       all of them, on servers with few threads alone; no table

It needs PostgreSQL: the one that DATABASE_URL names, or else one in a container of Docker.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NoReturn

from quality import environment_for
from rendering import TEMPLATE, render

from proofs.chosen import add_word, having, proof_parser
from proofs.isolation import closings, crowd, pools, recordings, reports, trials
from proofs.isolation.databases import Databases, databases, fill
from proofs.isolation.outcome import Outcomes
from proofs.isolation.promises import broken
from proofs.isolation.scenarios import Scenario, scenarios
from proofs.isolation.servers import Kind, Server, kinds, started
from proofs.isolation.table import markdown
from proofs.postgresql import postgresql

TABLE: Final = TEMPLATE / "docs" / "isolation" / "table.md"
PACKAGES: Final = (
    "django-auditlog>=3.4",
    "django-crum>=0.7.9",
    "django-multitenant>=4.1",
    "django-silk>=5.6",
    "django-simple-history>=3.13",
    "django-structlog>=11",
    "djangorestframework>=3.18",  # django-multitenant's own middleware imports it
    "sentry-sdk>=2.75",
)
CLEAN: Final = crowd.CLEAN | pools.CLEAN | closings.CLEAN | reports.CLEAN
"""Besides those scenarios that say so of themselves."""

USERS: Final = 12
SERVERS_AT_A_TIME: Final = 3
"""They wait most of the time."""


def main() -> int:
    """Return 0 when every promise was kept, 1 when one was broken."""
    every = {f"{one.group} {one.name}": one for one in scenarios()}
    options = arguments()
    wanted = [every[name] for name in having("isolation", options.word, every)]
    everything = len(wanted) == len(every)
    served = [kind for kind in kinds() if kind.is_quick or not options.quick]
    signal.signal(signal.SIGTERM, _stop)
    with (
        tempfile.TemporaryDirectory() as folder,
        postgresql("max_connections=300") as url,
        databases(url) as made,
    ):
        project = render(Path(folder), accounts="none")
        shutil.copytree(Path(__file__).with_name("site"), project / "isolation_site")
        python = environment_for(project, *PACKAGES)
        cookies = fill(made.make("first"), project, python, USERS)
        proof = Proof(project, python, made, cookies, served, wanted, everything)
        results = asyncio.run(proof.run())
    lines = list(markdown(results))
    clean = CLEAN | {(one.group, one.name) for one in wanted if one.clean}
    problems = list(broken(results, clean))
    print(*lines, "", *problems or ["Every promise was kept."], sep="\n")
    if everything and not options.quick:
        TABLE.parent.mkdir(exist_ok=True)
        TABLE.write_text("\n".join([*lines, ""]))
    return 1 if problems else 0


def arguments() -> argparse.Namespace:
    """Return what the command line says."""
    parser = proof_parser("isolation", __doc__)
    add_word(parser)
    parser.add_argument("--quick", action="store_true", help="leave out servers of many threads")
    return parser.parse_args()


@dataclass
class Proof:
    """All that the servers have in common.

    cookies: of the users, by their names.
    everything: also what is no scenario with first and next visitors.
    """

    project: Path
    python: Path
    made: Databases
    cookies: Mapping[str, str]
    served: list[Kind]
    wanted: list[Scenario]
    everything: bool
    began: float = field(default_factory=time.monotonic)

    async def run(self) -> dict[Kind, Outcomes]:
        """Return the outcomes of every server."""
        turn = asyncio.Semaphore(SERVERS_AT_A_TIME)

        async def serve(kind: Kind) -> tuple[Kind, Outcomes]:
            async with turn:
                return kind, await self._serve(kind)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(serve(kind)) for kind in self.served]
        return dict(task.result() for task in tasks)

    async def _serve(self, kind: Kind) -> Outcomes:
        wanted = [one for one in self.wanted if kind.suite in one.suites]
        if not wanted and not self.everything:
            return {}
        aliases = [one.key for one in wanted if one.own_database]
        database = self.made.copy(kind.name)
        outcomes: Outcomes = {}
        async with started(kind, self.project, self.python, database, aliases) as server:
            self._say(kind, "serves")
            for scenario in wanted:
                outcome = await trials.run(scenario, server, self.cookies)
                outcomes[scenario.group, scenario.name] = outcome
            if self.everything:
                outcomes |= await self._rest(server)
        leaks = sum(bool(outcome.leaks) for outcome in outcomes.values())
        self._say(kind, f"leaked in {leaks} of {len(outcomes)} scenarios")
        return outcomes

    async def _rest(self, server: Server) -> Outcomes:
        if server.kind.suite == "reports":
            return {
                **await reports.report(server, self.cookies),
                **await recordings.record(server),
            }
        if server.kind.suite == "asyncio":
            return {}
        return {
            **await crowd.come(server, self.cookies),
            **await closings.close(server),
            **await pools.drain(server, self.cookies),
        }

    def _say(self, kind: Kind, what: str) -> None:
        name = f"{kind.column} with {kind.size} threads ({kind.suite})"
        print(f"{time.monotonic() - self.began:4.0f} s  {name}: {what}", flush=True)


def _stop(*_: object) -> NoReturn:
    sys.exit(143)


if __name__ == "__main__":
    sys.exit(main())
