"""Break what a production site stands on, and see what its visitors see.

    nox -s faults               everything, about fifteen minutes; the table is in docs/faults
    nox -s faults -- Valkey     the faults whose name contains this word; no table is written

It needs Docker with Compose.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rendering import TEMPLATE
from stacks import Production

from proofs.chosen import chosen
from proofs.faults.faults import FAULTS, Fault
from proofs.faults.stack import started, stored_rows
from proofs.faults.visitors import Visit, Visitors, p99, summary
from proofs.postgresql import has_engine

SLOWER: Final = 2
"""How many times longer one in a hundred visitors may wait for others' slowness."""

ROUNDS: Final = 3
"""How often visitors are watched with and without, one after the other: one in a hundred is few."""

ARRIVAL: Final = 5
"""Seconds in which slow clients are served like any others, before others could wait for them."""

HEADING: Final = (
    "| fault | what visitors saw | well again after | the log of web |\n",
    "|---|---|---:|---|\n",
)
TABLE: Final = TEMPLATE / "docs" / "faults" / "table.md"


def main() -> int:
    """Return 0 when the site was as it should each time, 1 when not, 2 without Docker."""
    names = chosen("faults", __doc__, (fault.name for fault in FAULTS))
    if not has_engine():
        print("faults: Docker with Compose is needed, and no engine answers", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        print("building and starting the production stack", flush=True)
        with started(Path(folder)) as stack:
            rows, problems = run(stack, [fault for fault in FAULTS if fault.name in names])
    write_table(rows)
    print(f"\nThe table is in {TABLE}.")
    print(*problems or ["Everything was as it should."], sep="\n")
    return 1 if problems else 0


def write_table(rows: dict[str, str]) -> None:
    """Write the rows, and leave those of faults that were not done this time."""
    former = TABLE.read_text("utf-8").splitlines(keepends=True)[2:] if TABLE.exists() else []
    known = {row.split("|")[1].strip(): row for row in former} | rows
    TABLE.parent.mkdir(exist_ok=True)
    lines = [*HEADING, *(known[fault.name] for fault in FAULTS if fault.name in known)]
    TABLE.write_text("".join(lines), "utf-8")


def run(stack: Production, faults: list[Fault]) -> tuple[dict[str, str], list[str]]:
    """Return the lines of the table by the names of faults, and what was not as it should be."""
    rows = {}
    problems = []
    visitors = Visitors(stack)
    with visitors.visiting():
        if visitors.recovered(time.monotonic()) is None:
            return {}, ["The site did not answer at all."]
        for fault in faults:
            print(f"{fault.name} ...", flush=True)
            calm: list[Visit] = []
            visits: list[Visit] = []
            beside: list[Visit] = []
            lines = len(stack.log("web"))
            for _ in range(ROUNDS if fault.unhurried else 1):
                calm += visitors.calm() if fault.unhurried else []
                began = time.monotonic()
                seen = fault.do(stack)
                recovery = visitors.recovered(time.monotonic())
                visits += (seen_since := visitors.since(began))
                beside += [visit for visit in seen_since if visit.began >= began + ARRIVAL]
            told = "; ".join(filter(None, (seen, summary(visits))))
            if calm:
                during, before = p99(beside), p99(calm)
                told += f"; p99 {during:.2f} s, and {before:.2f} s before"
                if during > SLOWER * before:
                    problems.append(
                        f"{fault.name}: others waited {during / before:.1f} times longer."
                    )
            again = "never" if recovery is None else f"{recovery:.1f} s"
            said = ", ".join(messages(stack.log("web")[lines:])) or "nothing"
            rows[fault.name] = f"| {fault.name} | {told} | {again} | {said} |\n"
            print(f"    {told}\n    well again after {again}; {said}", flush=True)
            if recovery is None:
                problems.append(f"{fault.name}: the site did not recover.")
            for page in fault.unharmed:
                harmed = {v.outcome for v in visits if v.page == page} - {"200"}
                if harmed:
                    problems.append(f"{fault.name}: {page} answered {', '.join(sorted(harmed))}.")
    if lost := visitors.rows() - stored_rows(stack):
        problems.append(f"{len(lost)} rows are gone that visitors were told are stored.")
    print(f"{len(visitors.rows())} rows were acknowledged, {len(lost)} of them are lost.")
    return rows, problems


def messages(lines: list[str]) -> Iterator[str]:
    """Yield the different complaints in a log, shortened, with how often each was made."""
    counts: dict[str, int] = {}
    for line in lines:
        try:
            record = json.loads(line)
        except ValueError:
            record = {"level": "ERROR", "logger": "?", "message": line}
        if record["level"] in {"WARNING", "ERROR", "CRITICAL"}:
            message = " ".join(record["message"].split())[:60].replace("|", "/")
            text = f"{record['logger']}: {message}"
            counts[text] = counts.get(text, 0) + 1
    for text, count in list(counts.items())[:3]:
        yield f"{count} × `{text}`"


if __name__ == "__main__":
    sys.exit(main())
