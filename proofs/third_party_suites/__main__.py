"""Run other people's tests of their packages with a project's handler and with Django's.

    nox -s third_parties                     all suites, and the table of the documentation
    nox -s third_parties -- django-axes      only these
    nox -s third_parties -- --quick          a part that takes about two minutes
    nox -s third_parties -- --list           the names of the suites, and what is left out

The tests come from the newest source distributions. Their requests go to Django's ASGI handler and
to the project's, called as a server calls them. A test that fails with one of them only is a
problem, unless it is listed as an exception. With --quick and with all, a project that saves no
session runs a suite as well, which must notice.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from rendering import TEMPLATE, render

from proofs.chosen import proof_parser
from proofs.third_party_suites.comparison import Compared, differences, problems
from proofs.third_party_suites.runs import OUTPUT, Outcome, Prepared, newest_versions, prepare, run
from proofs.third_party_suites.suites import CONTROL, EXCEPTIONS, QUICK, SUITES, Suite
from proofs.third_party_suites.table import left_out, table

DOCS: Final = TEMPLATE / "docs" / "third-parties"
AT_A_TIME: Final = 2
"""How many suites are made ready, or run, at the same time."""


def main() -> int:
    """Return 0 when nothing differs that should not and the control noticed; 1 otherwise."""
    options = arguments()
    if options.list:
        print(*(suite.package for suite in SUITES), "", "Left out:", left_out(), sep="\n")
        return 0
    suites = chosen(options)
    with tempfile.TemporaryDirectory() as folder:
        project = render(Path(folder), accounts="none")
        comparison = Comparison(project, whole=not options.quick, with_plain=options.plain)
        try:
            asyncio.run(comparison.of(suites, with_control=not options.names))
        except asyncio.CancelledError:
            return 128 + signal.SIGTERM
    lines = table(comparison.compared)
    if not options.names and not options.quick:
        DOCS.mkdir(exist_ok=True)
        (DOCS / "table.md").write_text(lines, "utf-8")
        (DOCS / "left-out.md").write_text(left_out(), "utf-8")
    print(f"\n{lines}\nWhat pytest said is in {OUTPUT}.")
    print(*comparison.problems or ["Nothing differs but for the listed exceptions."], sep="\n")
    return 1 if comparison.problems else 0


def arguments() -> argparse.Namespace:
    """Return what the command line says."""
    parser = proof_parser("third_parties", __doc__)
    parser.add_argument("names", nargs="*", metavar="PACKAGE", help="suites to run")
    parser.add_argument("--quick", action="store_true", help=f"run {', '.join(QUICK)}")
    parser.add_argument("--list", action="store_true", help="list the suites")
    parser.add_argument(
        "--plain", action="store_true", help="show also what fails with Django's test client alone"
    )
    options = parser.parse_args()
    if options.names and options.quick:
        parser.error("--quick has suites of its own")
    if unknown := set(options.names) - {suite.package for suite in SUITES}:
        parser.error(f"there is no suite of {', '.join(sorted(unknown))}; --list names them")
    return options


def chosen(options: argparse.Namespace) -> list[Suite]:
    """Return the suites that the command line names, or the part of them that is quick."""
    if options.quick:
        quick = [suite for suite in SUITES if suite.package in QUICK]
        return [suite._replace(arguments=QUICK[suite.package]) for suite in quick]
    return [suite for suite in SUITES if suite.package in options.names or not options.names]


class Comparison:
    """The runs of many suites.

    compared: what came of them, in the order of the suites.
    problems: a sentence for each thing that is not as it should be.
    """

    def __init__(self, project: Path, *, whole: bool, with_plain: bool) -> None:
        """Compare the handler of a project.

        whole: whether all tests of the suites run.
        with_plain: whether they run as they are, too.
        """
        self.compared: list[Compared] = []
        self.problems: list[str] = []
        self._project = project
        self._whole = whole
        self._with_plain = with_plain
        self._busy = asyncio.Semaphore(AT_A_TIME)

    async def of(self, suites: Collection[Suite], *, with_control: bool) -> None:
        """Compare the suites, and stop what runs when this process is told to end."""
        task = asyncio.current_task()
        if task and sys.platform != "win32":
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        packages = {name for suite in suites for name in (suite.package, suite.beside) if name}
        versions = newest_versions(packages)
        found = await asyncio.gather(*(
            self._compare(suite, versions, with_control=with_control)
            for suite in suites
        ))  # fmt: skip
        for compared in filter(None, found):
            self.compared.append(compared)
            self.problems += problems(compared, whole=self._whole)

    async def _compare(
        self, suite: Suite, versions: Mapping[str, str], *, with_control: bool
    ) -> Compared | None:
        version = versions[suite.package]
        try:
            async with self._busy:
                print(f"{suite.package} {version}: is made ready", flush=True)
                prepared = await asyncio.to_thread(prepare, suite, versions, self._project)
            stock, own = await asyncio.gather(
                self._run(prepared, "stock"), self._run(prepared, "project")
            )
            if doubtful := differences(stock, own) - EXCEPTIONS.get(suite.package, {}).keys():
                # Some tests measure time, and fail now and then on a busy machine.
                stock_again, own_again = await asyncio.gather(
                    self._run(prepared, "stock", doubtful), self._run(prepared, "project", doubtful)
                )
                stock = stock.confirmed(doubtful, stock_again)
                own = own.confirmed(doubtful, own_again)
            if self._with_plain:
                plain = await self._run(prepared, "plain")
                for test in sorted(stock.failed - plain.failed):
                    print(f"{suite.package}: {test} fails as soon as ASGI is used", flush=True)
            if with_control and suite.package == CONTROL[0]:
                logs_in = prepared._replace(suite=suite._replace(arguments=CONTROL[1]))
                control = await self._run(logs_in, "control")
                if not control.failed - own.failed:
                    self.problems.append(f"{suite.package} did not notice unsaved sessions.")
        except (RuntimeError, subprocess.CalledProcessError) as error:
            self.problems.append(f"{suite.package}: {error}")
            return None
        return Compared(suite.package, version, stock, own)

    async def _run(self, prepared: Prepared, handler: str, only: Collection[str] = ()) -> Outcome:
        async with self._busy:
            began = time.monotonic()
            print(f"{prepared.suite.package}: runs with {handler}", flush=True)
            outcome = await run(prepared, self._project, handler, only)
        print(
            f"{prepared.suite.package}: {len(outcome.tests)} tests with {handler}, "
            f"{len(outcome.failed)} fail, {time.monotonic() - began:.0f} seconds",
            flush=True,
        )
        return outcome


if __name__ == "__main__":
    sys.exit(main())
