"""Update, break and drain a site on a swarm of three nodes, and count what its visitors lose.

    nox -s swarm               everything, about fifteen minutes; the table is in docs/swarm
    nox -s swarm -- drained    the events whose name contains this word

It needs Docker; the nodes are engines in containers.
"""

from __future__ import annotations

import sys
import tempfile
import time
import uuid
from collections import Counter
from pathlib import Path
from typing import Final

from rendering import TEMPLATE

from proofs.chosen import chosen
from proofs.faults.stack import stored_rows
from proofs.faults.visitors import Visit
from proofs.postgresql import has_engine
from proofs.swarm.events import EVENTS, Event
from proofs.swarm.site import Site, released
from proofs.table import write_row

TABLE: Final = TEMPLATE / "docs" / "swarm" / "table.md"
HEADING: Final = (
    "| what is done | answered | lost | longest wait | what the operator sees |\n"
    "|---|---:|---:|---:|---|\n"
)


def main() -> int:
    """Return 0 when nothing was lost that need not be, 1 otherwise, 2 without Docker."""
    names = chosen("swarm", __doc__, (event.name for event in EVENTS))
    if not has_engine():
        print("swarm: Docker is needed, and no engine answers", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent, f"swarm-{uuid.uuid4().hex[:8]}")
        folder.mkdir()
        print("building a site, and releasing it to three nodes", flush=True)
        with released(folder) as site:
            problems = run(site, [event for event in EVENTS if event.name in names])
    print(f"\nThe table is in {TABLE}.")
    print(*problems or ["Nothing was lost that need not be."], sep="\n")
    return 1 if problems else 0


def run(site: Site, events: list[Event]) -> list[str]:
    """Write the lines of the table, and return what was not as it should be."""
    problems = []
    with site.visitors.visiting():
        if site.visitors.recovered(time.monotonic()) is None:
            return ["The site did not answer at all."]
        for event in events:
            print(f"{event.name} ...", flush=True)
            began = time.monotonic()
            said = event.do(site)
            if site.visitors.recovered(time.monotonic()) is None:
                problems.append(f"{event.name}: the site did not recover.")
            visits = site.visitors.since(began)
            lost = [visit for visit in visits if visit.outcome != "200"]
            line = row(event, visits, said)
            write_row(TABLE, HEADING, [each.name for each in EVENTS], line)
            print(f"    {line.strip()}", *map(shown, lost[:10]), sep="\n    ", flush=True)
            if lost and event.lossless:
                problems.append(f"{event.name}: {len(lost)} requests were lost.")
    if missing := site.visitors.rows() - stored_rows(site.stack):
        problems.append(f"{len(missing)} rows are gone that visitors were told are stored.")
    return problems


def row(event: Event, visits: list[Visit], said: str) -> str:
    """Return a line of the table."""
    outcomes = Counter(visit.outcome for visit in visits)
    answered = outcomes.pop("200", 0)
    kinds = ", ".join(f"{number} × {outcome}" for outcome, number in outcomes.items())
    lost = f"{outcomes.total()} ({kinds})" if kinds else "0"
    longest = max(visit.seconds for visit in visits)
    return f"| {event.name} | {answered:,} | {lost} | {longest:.1f} s | {said} |\n"


def shown(visit: Visit) -> str:
    """Return what became of a request."""
    return f"{visit.page} {visit.outcome} {visit.text[:100]!r} after {visit.seconds:.1f} s"


if __name__ == "__main__":
    sys.exit(main())
