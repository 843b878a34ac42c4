"""Measure how fast a project serves, next to what Django teams run today.

    nox -s bench               everything, about half an hour; the results are in docs/performance
    nox -s bench -- --quick    the four peers that matter most, in under three minutes
    nox -s bench -- --check    whether all of it can be measured, in one and a half
    nox -s bench -- --against REVISION    before and after a change, in four minutes
    nox -s bench -- --options             every option of the template on, and off, in two
    nox -s bench -- --few                 a few connections to two workers, in four
    nox -s bench -- --reports             Sentry and OpenTelemetry on, and off, in six

It needs wrk, and PostgreSQL: the one that DATABASE_URL names, or else one in a container.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import platform
import random
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from subprocess import CalledProcessError
from typing import Final

from quality import environment_for, packages_of_extras
from rendering import TEMPLATE, render

from benchmarks.collector import collector
from benchmarks.figures import RESULTS, write_figures
from benchmarks.measurements import (
    COMPUTED,
    CONNECTIONS,
    LEVELS,
    PAGES,
    ROOM,
    Measurements,
    Plan,
    Results,
)
from benchmarks.peers import (
    EVERY_OPTION,
    FEW,
    OFF,
    OPTIONS,
    PEERS,
    PROJECT,
    QUICK,
    REPORTS,
    Peer,
    against,
)
from benchmarks.plots import draw
from benchmarks.reports import write_reports
from benchmarks.server import Site, taken
from benchmarks.tables import markdown, table, throughput
from benchmarks.targets import verdicts
from benchmarks.wrk import PeerError
from proofs.postgresql import postgresql

FULL_PLAN: Final = Plan(
    PEERS,
    rounds=5,
    seconds=4,
    levels=LEVELS,
    level_rounds=3,
    level_seconds=4,
    starts=7,
    offered_seconds=10,
    calls=400,
)
QUICK_PLAN: Final = Plan(
    QUICK,
    rounds=2,
    seconds=1,
    levels=(CONNECTIONS, LEVELS[-1]),
    level_rounds=1,
    level_seconds=2,
    starts=2,
    offered_seconds=2,
    calls=50,
)
CHECK_PLAN: Final = Plan(
    QUICK,
    rounds=1,
    seconds=1,
    levels=(CONNECTIONS,),
    level_rounds=1,
    level_seconds=1,
    starts=1,
    offered_seconds=1,
    calls=5,
    warm_ups=0,
    offered_rounds=1,
)
RATIO_PLAN: Final = Plan(
    (),
    rounds=5,
    seconds=1,
    levels=(),
    level_rounds=0,
    level_seconds=0,
    starts=0,
    offered_seconds=0,
    calls=0,
)
FEW_CONNECTIONS: Final = 8
FEW_WORKERS: Final = 2
PACKAGES: Final = (
    "django-allauth>=65",
    "django-bolt>=0.13",
    "django-cors-headers>=4.9",
    "granian>=2.8",
    "whitenoise>=6.12",
)
"""What the peers need besides the project's own packages."""

SHOWN: Final = (
    "django", "uvicorn", "uvicorn-worker", "gunicorn", "granian", "asgiref", "uvloop", "httptools",
    "psycopg", "whitenoise", "django-bolt",
)  # fmt: skip
FILES: Final = {"static file, 1 kB": 1_000, "static file, 64 kB": 64_000}
"""Static files of so many bytes, by what they are called in the results."""


def main() -> int:
    """Return 0 when everything was measured, 1 when a peer failed, 2 when something is missing."""
    options = arguments()
    plan = plan_of(options)
    if problem := missing(plan, options.port):
        print(f"bench: {problem}", file=sys.stderr)
        return 2
    began = time.monotonic()

    def say(what: str) -> None:
        print(f"{time.monotonic() - began:5.0f} s  {what}", flush=True)

    try:
        with tempfile.TemporaryDirectory() as folder, postgresql(f"max_connections={ROOM}") as url:
            say("making a project, and an environment with all servers")
            site = make_site(Path(folder), url, plan, options.workers)
            with collector() as address:
                measure(replace(site, collector=address), plan, options, say)
    except (PeerError, CalledProcessError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    return 0


def arguments() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(
        prog="nox -s bench --",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="fewer peers, shorter rounds")
    parser.add_argument(
        "--check", action="store_true", help="the same peers, each once, and no verdicts"
    )
    parser.add_argument(
        "--against",
        metavar="REVISION",
        help="compare with the project of a commit, and little else",
    )
    parser.add_argument(
        "--options", action="store_true", help="compare every option on with every option off"
    )
    parser.add_argument(
        "--few",
        action="store_true",
        help=f"compare by {FEW_CONNECTIONS} connections to {FEW_WORKERS} workers",
    )
    parser.add_argument(
        "--reports", action="store_true", help="compare with reports to Sentry and OpenTelemetry"
    )
    parser.add_argument(
        "--workers", type=int, default=1, help="workers of each peer (default: %(default)s)"
    )
    parser.add_argument(
        "--port", type=int, default=8400, help="the first port that is used (default: %(default)s)"
    )
    parser.add_argument(
        "--output", type=Path, help="folder of the results (default: docs/performance, "
        "or build/performance with --quick and --check)",
    )  # fmt: skip
    options = parser.parse_args()
    if options.few:
        options.workers = FEW_WORKERS
    ratios = options.against or options.options or options.reports or options.few
    published = not (options.quick or options.check or ratios)
    default = TEMPLATE / ("docs" if published else "build") / "performance"
    options.output = options.output or default
    return options


def plan_of(options: argparse.Namespace) -> Plan:
    """Return what is measured, and for how long."""
    if options.options:
        return replace(RATIO_PLAN, peers=OPTIONS)
    if options.reports:
        return replace(RATIO_PLAN, peers=REPORTS)
    if options.few:
        return replace(RATIO_PLAN, peers=FEW, connections=FEW_CONNECTIONS, more=COMPUTED)
    if options.against:
        return replace(RATIO_PLAN, peers=against(options.against))
    if options.check:
        return CHECK_PLAN
    return QUICK_PLAN if options.quick else FULL_PLAN


def missing(plan: Plan, port: int) -> str | None:
    """Return what keeps the benchmark from running, with what to do."""
    if not shutil.which("wrk"):
        return "wrk is needed; on Debian and Ubuntu: apt-get install wrk"
    for used in range(port, port + len(plan.peers)):
        if taken(used):
            return f"port {used} is taken: choose {len(plan.peers)} free ones with --port"
    return None


def make_site(folder: Path, url: str, plan: Plan, workers: int) -> Site:
    """Make the projects with the pages and files that are measured, ready to be served.

    Raises CalledProcessError: the project of another commit cannot be had.
    """
    project = make_project(folder)
    others = {
        peer.name: make_project(folder / f"other-{number}", peer)
        for number, peer in enumerate(plan.peers)
        if peer.revision or peer.answers
    }
    files = project / "benchmark_static"
    files.mkdir()
    for size in FILES.values():
        # Text that compresses as badly as a compressed file.
        (files / f"{size}.txt").write_text(f"{random.getrandbits(4 * size):0{size}x}")
    extras = packages_of_extras(project) if plan.peers == REPORTS else ()
    python = environment_for(others.get(EVERY_OPTION.name, project), *PACKAGES, *extras)
    site = Site(project, python, url, folder, workers, others)
    site.run("manage.py", "migrate", "--verbosity", "0")
    site.run("manage.py", "collectstatic", "--no-input", "--verbosity", "0")
    for other in others.values():
        shutil.copytree(project / "staticfiles", other / "staticfiles")
    return site


def make_project(folder: Path, peer: Peer = PROJECT) -> Path:
    """Make the project of a peer with the pages that are measured."""
    template = checked_out(peer.revision, folder / "template") if peer.revision else TEMPLATE
    asked = json.loads((template / "cookiecutter.json").read_text("utf-8"))
    answers = {name: answer for name, answer in (OFF | peer.answers).items() if name in asked}
    project = render(folder, template=template, **answers)
    shutil.copytree(Path(__file__).with_name("site"), project / "benchmark_site")
    return project


def checked_out(revision: str, folder: Path) -> Path:
    """Write the files of a commit to a new folder. Raises CalledProcessError: there is no such."""
    archive = subprocess.run(
        ["git", "archive", revision], cwd=TEMPLATE, check=True, capture_output=True
    )
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(folder, filter="data")
    return folder


def measure(
    site: Site, plan: Plan, options: argparse.Namespace, say: Callable[[str], None]
) -> None:
    """Measure everything, and write it down."""
    manifest = json.loads((site.project / "staticfiles" / "staticfiles.json").read_text())
    files = {name: f"/static/{manifest['paths'][f'{size}.txt']}" for name, size in FILES.items()}
    with Measurements(site, plan, options.port, say) as measurements:
        if options.against or options.options:
            measurements.throughput({})
            show_ratios(measurements.results, plan)
            return
        if options.few:
            measurements.throughput({})
            write_few(measurements.results, circumstances(site, plan))
            return
        if options.reports:
            measurements.throughput({})
            measurements.memory()
            write_reports(measurements.results, circumstances(site, plan))
            show_ratios(measurements.results, plan)
            return
        measurements.throughput(files)
        measurements.concurrency()
        measurements.offered_load()
        measurements.memory()
        measurements.starts()
    measurements.in_process()
    results, facts = measurements.results, circumstances(site, plan)
    options.output.mkdir(parents=True, exist_ok=True)
    content = {"circumstances": facts, **results.as_dict()}
    (options.output / "results.json").write_text(json.dumps(content, indent=1) + "\n")
    if options.output == RESULTS.parent:
        write_figures()
    (options.output / "tables.md").write_text(markdown(results, facts))
    draw(results, options.output)
    if options.check:
        print("\nEverything can be measured.")
        return
    print()
    for verdict in verdicts(results):
        mark = "kept  " if verdict.kept else "MISSED"
        print(f"{mark}  {verdict.what}: {verdict.found}, promised {verdict.promised}")
    print(f"\nTables, plots and figures are in {options.output}.")


def write_few(results: Results, facts: dict[str, str]) -> None:
    """Write and print the table of few connections, of the pages that all peers serve."""
    pages = {page: results.throughput[page] for page in (*PAGES, *COMPUTED)}
    text = f"{throughput(replace(results, throughput=pages))}\n{table(('', ''), facts.items())}"
    (RESULTS.parent / "few.md").write_text(text, "utf-8")
    print(f"\n{text}")


def show_ratios(results: Results, plan: Plan) -> None:
    """Print how many answers a second there were, and how many times those of the first peer."""
    first, *others = plan.peers
    for page in results.throughput:
        own = results.rate(page, first)
        print(f"\n{page}: {first.name} {own:,.0f}/s")
        for peer in others:
            if peer.name not in results.throughput[page]:
                continue
            rate = results.rate(page, peer)
            print(f"  {peer.name}: {rate:,.0f}/s, {rate / own:.2f} times")


def circumstances(site: Site, plan: Plan) -> dict[str, str]:
    """Return what the figures depend on."""
    script = (
        "import sys; from importlib.metadata import version; "
        "print(*(f'{name} {version(name)}' for name in sys.argv[1:]), sep=', ')"
    )
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": f"{os.cpu_count()} CPUs, which the servers share with wrk and PostgreSQL",
        "Python": platform.python_version(),
        "packages": site.run("-c", script, *SHOWN).strip(),
        "workers of each peer": str(site.workers),
        "rounds": f"{plan.rounds} of {plan.seconds} s after a warm-up; the median, and (least–most)",
    }


if __name__ == "__main__":
    sys.exit(main())
