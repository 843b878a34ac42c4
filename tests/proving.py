"""Proofs that are run inside a project: folders of `proofs` with tests for pytest."""

from __future__ import annotations

import shutil
from pathlib import Path

from bytecode import compile_project
from rendering import TEMPLATE, run


def prove(
    project: Path, python: Path, name: str, *options: str, tests: str = "", **environment: str
) -> None:
    """Put a folder of `proofs` beside the tests of a project, and run it there.

    options: pytest's.
    tests: a file of the folder; empty for all that pytest finds.

    Raises AssertionError, with what pytest said, when something fails.
    """
    shutil.copytree(TEMPLATE / "proofs" / name, project / "tests" / name)
    compile_project(python, project)
    command = ("pytest", "--quiet", "-p", "no:cacheprovider", *options, f"tests/{name}/{tests}")
    result = run(python, "-m", *command, cwd=project, PYTHONDONTWRITEBYTECODE="1", **environment)
    assert result.returncode == 0, result.stdout + result.stderr
