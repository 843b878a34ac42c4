"""Kill, stop and starve the workers of each candidate, and count what became of the tasks.

    nox -s tasks_bakeoff                                         all
    nox -s tasks_bakeoff -- --write celery dj-queue              and their rows of docs/tasks/table.md
    nox -s tasks_bakeoff -- --tasks 200 --kills 4 django-ox      smaller

It needs Docker: a PostgreSQL and a Valkey of its own, which it restarts.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from dataclasses import asdict
from typing import Final

from rendering import TEMPLATE

from proofs.tasks_bakeoff.candidates import CANDIDATES
from proofs.tasks_bakeoff.outcome import Outcome, from_json, markdown, promises_broken
from proofs.tasks_bakeoff.scenarios import run
from proofs.tasks_bakeoff.servers import servers
from proofs.tasks_bakeoff.sizes import Sizes

FOLDER: Final = TEMPLATE / "docs" / "tasks"
MEASURED: Final = FOLDER / "outcomes.json"


def main() -> int:
    """Return 0 when what projects rely on lost nothing and told of each second run, else 1."""
    parser = argparse.ArgumentParser(
        prog="nox -s tasks_bakeoff --",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", help="candidates, instead of all")
    parser.add_argument("--tasks", type=int, default=2000, help="of the kills, default 2000")
    parser.add_argument("--kills", type=int, default=20, help="kill -9, default 20")
    parser.add_argument("--write", action="store_true", help="replace their rows in the docs")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - {candidate.name for candidate in CANDIDATES}:
        parser.error(f"nobody is called {', '.join(sorted(unknown))}")
    sizes = Sizes(arguments.tasks, arguments.kills)
    if arguments.write and sizes != Sizes():
        parser.error("--write is for a whole run: leave out --tasks and --kills")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # servers and workers end with it
    outcomes: dict[str, Outcome] = {}
    for candidate in CANDIDATES:
        if arguments.names and candidate.name not in arguments.names:
            continue
        print(f"{candidate.name} ...", flush=True)
        with servers() as made:
            outcomes[candidate.name] = run(candidate, made, sizes)
        print(f"  {outcomes[candidate.name]}", flush=True)
        if arguments.write:
            _publish(outcomes)
    lines = list(markdown(outcomes, sizes))
    problems = list(promises_broken(outcomes))
    print(*lines, "", *problems or ["What projects rely on was kept."], sep="\n")
    return 1 if problems else 0


def _publish(outcomes: dict[str, Outcome]) -> None:
    """Replace the rows of these candidates in the table of the documentation."""
    FOLDER.mkdir(exist_ok=True)
    text = MEASURED.read_text("utf-8") if MEASURED.exists() else "{}"
    rows = {name: from_json(row) for name, row in json.loads(text).items()} | outcomes
    ordered = {one.name: rows[one.name] for one in CANDIDATES if one.name in rows}
    measured = {name: asdict(outcome) for name, outcome in ordered.items()}
    MEASURED.write_text(json.dumps(measured, indent=1) + "\n", "utf-8")
    table = "\n".join([*markdown(ordered, Sizes()), ""])
    (FOLDER / "table.md").write_text(table, "utf-8")


if __name__ == "__main__":
    sys.exit(main())
