"""Make ready what the tests of a package need, and run them."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Set
from pathlib import Path
from textwrap import dedent
from typing import Final, NamedTuple

from quality import environment_for
from rendering import TEMPLATE
from uv import find_uv_bin

from proofs.source_distributions import source_of
from proofs.third_party_suites.suites import Suite

UNDER_TEST: Final = Path(__file__).with_name("under_test")
OUTPUT: Final = TEMPLATE / "build" / "third_parties"
"""Where what pytest said of each run is kept."""

DEADLINE: Final = 1800
"""How long the tests of one package may take, in seconds."""


class Prepared(NamedTuple):
    """What a suite needs to run.

    source: the folder of the source distribution.
    path: folders to import from besides.
    python: an interpreter that has all else.
    """

    suite: Suite
    source: Path
    path: tuple[Path, ...]
    python: Path


class Outcome(NamedTuple):
    """What came of one run of a suite; requests are those that went through the handler."""

    tests: frozenset[str]
    failed: frozenset[str]
    requests: int

    def confirmed(self, doubtful: Set[str], again: Outcome) -> Outcome:
        """Return the outcome with what came of the doubtful tests when they ran once more."""
        return self._replace(failed=(self.failed - doubtful) | again.failed)


def newest_versions(packages: Iterable[str]) -> dict[str, str]:
    """Return the newest version of each package. Raises CalledProcessError without an index."""
    uv = [find_uv_bin(), "pip", "compile", "--quiet", "--no-config", "--python", sys.executable]
    resolved = subprocess.run(
        [*uv, "--no-deps", "--no-header", "--no-annotate", "-"],
        input="\n".join(packages),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    return dict(line.split("==") for line in resolved.split())


def prepare(suite: Suite, versions: Mapping[str, str], project: Path) -> Prepared:
    """Fetch the source of a package and make its environment, unless they are in the cache.

    versions: of all packages, by their names.
    Raises CalledProcessError when one of them cannot be had.
    """
    version = versions[suite.package]
    package = f"{suite.package}{suite.extras}=={version}"
    python = environment_for(project, package, *suite.needs)
    path = [source_of(name, versions[name]) / "src" for name in filter(None, [suite.beside])]
    return Prepared(suite, source_of(suite.package, version), tuple(path), python)


async def run(prepared: Prepared, project: Path, handler: str, only: Iterable[str] = ()) -> Outcome:
    """Run a suite with a handler that `under_test` knows.

    only: the ids of the tests that run; all, if there are none.
    Raises RuntimeError when the tests did not get to their end.
    """
    suite = prepared.suite
    OUTPUT.mkdir(parents=True, exist_ok=True)
    output = OUTPUT / f"{suite.package}-{handler}.txt"
    with tempfile.TemporaryDirectory() as name, output.open("w") as said:
        folder = Path(name)
        tests = _lay_out(folder, prepared, project)
        results = folder / "results.json"
        left_out = [f"--deselect={test}" for test in suite.measuring]
        process = await asyncio.create_subprocess_exec(
            prepared.python, "-m", "under_test", results, handler, *suite.arguments, *left_out,
            cwd=tests,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            env=_environment(prepared, folder) | {"TESTS_TO_RUN": json.dumps(list(only))},
        )  # fmt: skip
        try:
            async with asyncio.timeout(DEADLINE):
                await process.wait()
        except TimeoutError as error:
            raise RuntimeError(f"it hangs with {handler}: see {output}") from error
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode or not results.exists():
            raise RuntimeError(f"its tests did not run to their end with {handler}: see {output}")
        outcome = json.loads(results.read_text("utf-8"))
    return Outcome(frozenset(outcome["tests"]), frozenset(outcome["failed"]), outcome["requests"])


def _lay_out(folder: Path, prepared: Prepared, project: Path) -> Path:
    """Copy what runs, which the tests may change, and return the folder of the tests."""
    shutil.copytree(prepared.source, folder / "source")
    # Not the whole project: its `tests` would be taken for the package's.
    shutil.copytree(project / "asgi_serving", folder / "path" / "asgi_serving")
    shutil.copytree(UNDER_TEST, folder / "path" / "under_test")
    tests = folder / "source" / prepared.suite.folder
    if prepared.suite.conftest:
        (tests / "conftest.py").write_text(dedent(prepared.suite.conftest), "utf-8")
    return tests


def _environment(prepared: Prepared, folder: Path) -> dict[str, str]:
    own = dict(prepared.suite.environment)
    path = [folder / "path", *prepared.path, *filter(None, [own.pop("PYTHONPATH", "")])]
    joined = os.pathsep.join(map(str, path))
    return os.environ | own | {"PYTHONPATH": joined, "TMPDIR": str(folder)}
