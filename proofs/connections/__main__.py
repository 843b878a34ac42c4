"""Open ten thousand connections to one worker, tell them all something, and reload.

    nox -s connections                          10,000 of each kind, about ten minutes
    nox -s connections -- --connections 500     fewer
    nox -s connections -- Daphne                the kinds with this in their name; no table is written

It needs Docker, for Valkey, and about as many open files for a process as there are connections.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
from pathlib import Path
from typing import Final

from rendering import TEMPLATE
from task_site import container

from proofs.chosen import add_word, having, proof_parser
from proofs.connections.measurement import HEADING, measure
from proofs.connections.servers import KINDS, made
from proofs.postgresql import has_engine

TABLE: Final = TEMPLATE / "docs" / "connections" / "table.md"
OTHER_FILES: Final = 500
"""Files that a process has open besides its connections, at most."""


def main() -> int:
    """Return 0 when all were connected and told each time, 1 when not, 2 without what it needs."""
    options = arguments()
    names = having("connections", options.word, (kind.name for kind in KINDS))
    needed = options.connections + OTHER_FILES
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard != resource.RLIM_INFINITY and hard < needed:
        print(f"connections: a process may open {hard} files: ulimit -n {needed}", file=sys.stderr)
        return 2
    if not has_engine():
        print("connections: Docker is needed, and no engine answers", file=sys.stderr)
        return 2
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    rows = [f"{options.connections:,} connections of each kind:\n\n", HEADING]
    problems = []
    kinds = [kind for kind in KINDS if kind.name in names]
    with tempfile.TemporaryDirectory() as folder, container("valkey/valkey:9", 6379) as (_, valkey):
        site = made(Path(folder), f"redis://{valkey}/0")
        for kind in kinds:
            print(f"{kind.name} ...", flush=True)
            outcome = measure(kind, site, options.connections)
            rows.append(outcome.row(kind.name))
            problems += [f"{kind.name}: {problem}" for problem in outcome.problems]
            print(rows[-1], end="", flush=True)
    if len(kinds) == len(KINDS):
        TABLE.parent.mkdir(exist_ok=True)
        TABLE.write_text("".join(rows), "utf-8")
        print(f"The table is in {TABLE}.")
    print(*problems or ["All were connected, told, and connected again."], sep="\n")
    return 1 if problems else 0


def arguments() -> argparse.Namespace:
    """Return what the command line says."""
    parser = proof_parser("connections", __doc__)
    add_word(parser)
    parser.add_argument(
        "--connections", type=int, default=10_000, help="of each kind (default: %(default)s)"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
