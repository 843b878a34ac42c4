"""The tests of the serving library: on its folder in a project, and on the wheel that is made of it.

    nox -s serving -- [folder|wheel] [--quick] [ARGUMENTS OF PYTEST]

Quick are those that read the package's own files, and a boot of real Gunicorn. When all run on the
folder, style and types of the library and of its tests are looked at meanwhile: only in a project
can they be known.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final

from bytecode import compile_project
from quality import environment_with_extras, environment_with_serving_tests
from rendering import render

from proofs.distribution import installed

PLACES: Final = ("folder", "wheel")
QUICK: Final = (
    "tests/serving/checks/test_library.py",
    "tests/serving/checks/test_overview.py",
    "tests/serving/checks/test_page.py",
    "tests/serving/test_boot.py",
)


def main() -> int:
    """Run them at one place or at both, and return 0 if all passed."""
    asked = [argument for argument in sys.argv[1:] if argument in PLACES]
    arguments = [argument for argument in sys.argv[1:] if argument not in {*PLACES, "--quick"}]
    paths = list(QUICK if "--quick" in sys.argv else ["tests/serving"])
    failed = False
    for place in asked or PLACES:
        with tempfile.TemporaryDirectory() as folder:
            failed |= run_tests(place, Path(folder), [*arguments, *paths])
    return int(failed)


def run_tests(place: str, folder: Path, arguments: list[str]) -> bool:
    """Run the tests on the library from there, and tell whether anything failed.

    arguments: what pytest gets, with the paths of the tests.
    """
    project = render(folder)
    python = environment_with_serving_tests(project)
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    compile_project(python, project)
    pytest = ["pytest", "--quiet", "--numprocesses", "auto", "--dist", "worksteal"]
    commands: list[list[str | Path]] = []
    if place == "folder" and arguments == ["tests/serving"]:
        commands = looks(project, environment_with_extras(project))
    if place == "wheel":
        shutil.rmtree(project / "asgi_serving")
        environment["PYTHONPATH"] = str(installed(folder / "distribution"))
    print(f"The serving library from its {place}:", flush=True)
    with ThreadPoolExecutor(1) as meanwhile:  # types take one of the cores, and a minute
        looked = meanwhile.map(partial(look, project, environment), commands)
        code = subprocess.call([python, "-m", *pytest, *arguments], cwd=project, env=environment)
        return any([code, *looked])


def look(project: Path, environment: Mapping[str, str], command: list[str | Path]) -> int:
    """Return the exit code of a command, and print at once what it has found at its end."""
    done = subprocess.run(
        command, cwd=project, env=environment, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    print(f"\n{shlex.join(map(str, command))}\n{done.stdout.decode()}", flush=True)
    return done.returncode


def looks(project: Path, python: Path) -> list[list[str | Path]]:
    """Return the commands that look at format, style and types, by the rules of the library."""
    rules = project / "tests" / "serving" / "ruff.toml"
    library = ["--config", str(rules), "--config", "lint.per-file-ignores = {}", "asgi_serving"]
    strictly = ["--strict", "--allow-subclassing-any", "--warn-unreachable"]
    return [
        [python, "-m", "ruff", "check", *library],
        [python, "-m", "ruff", "format", "--check", *library],
        [python, "-m", "ruff", "check", "tests/serving"],
        [python, "-m", "ruff", "format", "--check", "tests/serving"],
        [python, "-m", "mypy", *strictly, "-p", "asgi_serving", "-p", "tests.serving"],
    ]


if __name__ == "__main__":
    sys.exit(main())
