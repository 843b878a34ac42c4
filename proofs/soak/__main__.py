"""Keep a production stack under load, reload and restart it, and see whether anything grows.

    nox -s soak -- --minutes 5       before each merge
    nox -s soak -- --minutes 1440    before a release

It needs Docker with Compose, and fails when a request is lost, a row is lost, or when memory,
threads, open files or connections grow.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rendering import TEMPLATE
from stacks import Production

from proofs.chosen import proof_parser
from proofs.faults.stack import started
from proofs.faults.visitors import Visitors
from proofs.postgresql import has_engine
from proofs.soak.pages import mixed
from proofs.soak.report import write
from proofs.soak.samples import Sample, slopes, take

INTERVAL: Final = 5
"""Seconds between two looks at the workers."""

DISTURBANCES: Final = ("reload", "reload", "restart")
"""What is done to web in turn."""


def main() -> int:
    """Return 0 when nothing grew and nothing was lost, 1 otherwise, 2 without Docker."""
    options = arguments()
    if not has_engine():
        print("soak: Docker with Compose is needed, and no engine answers", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        print("building and starting the production stack", flush=True)
        with started(Path(folder)) as stack:
            samples, disturbances, problems = soak(stack, options.minutes)
    if samples:
        verdict = " ".join(problems) or "Nothing grew, and nothing was lost."
        write(samples, disturbances, verdict, options.output)
        print(f"Table, plot and samples are in {options.output}.")
    print(*problems or ["Nothing grew, and nothing was lost."], sep="\n")
    return 1 if problems else 0


def arguments() -> argparse.Namespace:
    """Return what the command line says."""
    parser = proof_parser("soak", __doc__)
    parser.add_argument("--minutes", type=float, default=5, help="how long (default: %(default)s)")
    parser.add_argument(
        "--output",
        type=Path,
        default=TEMPLATE / "build" / "soak",
        help="folder of the report (default: build/soak)",
    )
    return parser.parse_args()


def soak(
    stack: Production, minutes: float
) -> tuple[list[Sample], list[tuple[float, str]], list[str]]:
    """Return the samples, when web was reloaded or restarted, and what was not as it should be."""
    visitors = Visitors(stack, mixed(stack))
    samples: list[Sample] = []
    disturbances: list[tuple[float, str]] = []
    rows = 0
    errors: list[str] = []
    with visitors.visiting():
        if visitors.recovered(time.monotonic()) is None:
            return [], [], ["The site did not answer at all."]
        rows += len(visitors.rows())
        visitors.visits.clear()
        began = time.monotonic()
        due = disturb(minutes)
        moment, what = next(due)
        while (minute := (time.monotonic() - began) / 60) < minutes:
            if minute >= moment:
                disturbances.append((minute, what))
                act(stack, what)
                moment, what = next(due)
            time.sleep(INTERVAL)
            rows += len(visitors.rows())
            visits, visitors.visits = visitors.visits, []
            for visit in visits:
                if visit.outcome != "200":
                    errors.append(f"{visit.page} {visit.outcome} {visit.text[:80]}")
                    print(f"{minute:6.1f} min  {errors[-1]}", flush=True)
            if sample := take(stack, minute, visits):
                samples.append(sample)
                print(f"{minute:6.1f} min  {sample}", flush=True)
    rows += len(visitors.rows())
    query = ["psql", "-U", stack.folder.name, "-Atc", "SELECT count(*) FROM auth_group"]
    stored = int(stack.execute("postgres", *query))
    problems = slopes(samples)
    if errors:
        problems.append(f"{len(errors)} requests were lost: {errors[0]}")
    if stored < rows:
        problems.append(f"{rows - stored} of {rows} rows are lost.")
    return samples, disturbances, problems


def disturb(minutes: float) -> Iterator[tuple[float, str]]:
    """Yield when to do what: six times in a short run, and every ten minutes in a long one."""
    step = min(minutes / 7, 10)
    number = 0
    while True:
        number += 1
        yield step * number, DISTURBANCES[number % len(DISTURBANCES)]


def act(stack: Production, what: str) -> None:
    """Reload web, or restart it."""
    if what == "reload":
        stack.compose("kill", "--signal", "HUP", "web")
    else:
        stack.compose("restart", "web")


if __name__ == "__main__":
    sys.exit(main())
