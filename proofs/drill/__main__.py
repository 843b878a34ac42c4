"""Play a cluster with a project's manifests, under load, and count what is lost.

    nox -s drill                everything, about ten minutes; the table is in docs/kubernetes
    nox -s drill -- preStop     what has this word in its name

It needs Linux, Docker and kubectl.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from typing import Final

from kustomize import INSTALL
from rendering import TEMPLATE

from proofs.chosen import chosen
from proofs.drill.play import Outcome, play
from proofs.drill.scenarios import LOSSLESS, SCENARIOS, WITHOUT_PRE_STOP
from proofs.postgresql import has_engine
from proofs.table import write_row

TABLE: Final = TEMPLATE / "docs" / "kubernetes" / "table.md"
HEADING: Final = (
    "| | pods stopped | answered | lost | longest time without an answer | the log of the new pod |\n"
    "|---|---:|---:|---:|---:|---|\n"
)


def main() -> int:
    """Return 0 when what must be lossless was, 1 when not, 2 when something is missing here."""
    names = chosen("drill", __doc__, SCENARIOS)
    if missing := what_is_missing():
        print(f"drill: {missing}", file=sys.stderr)
        return 2
    outcomes = play(names)
    for name, outcome in outcomes.items():
        write_row(TABLE, HEADING, list(SCENARIOS), outcome.row(name))
    print(f"The table is in {TABLE}.")
    found = list(problems(outcomes))
    print(*found or ["Everything was as it should be."], sep="\n")
    return 1 if found else 0


def what_is_missing() -> str:
    """Return what this machine lacks for a drill, in one line, or nothing."""
    if sys.platform != "linux":
        return "Linux is needed, where containers are reached by their own addresses"
    if not shutil.which("kubectl"):
        return INSTALL
    return "" if has_engine() else "Docker is needed, and no engine answers"


def problems(outcomes: dict[str, Outcome]) -> Iterator[str]:
    """Yield what was not as it should be."""
    for name, outcome in outcomes.items():
        if name in LOSSLESS and (outcome.lost or outcome.killed):
            yield f"{name}: {len(outcome.lost)} requests lost, {outcome.killed} pods killed."
            yield from outcome.lost[:5]
        if name in WITHOUT_PRE_STOP and not outcome.lost:
            yield f"{name}: nothing was lost, so the drill proves nothing."


if __name__ == "__main__":
    sys.exit(main())
