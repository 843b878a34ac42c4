"""Each command on the oldest Python that the tool says it runs on."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

import pytest
from interpreters import interpreter
from plain_project import environment_of

from upgrade.project import write
from upgrade.serving.planning import PLAIN
from upgrade.test_cli import PROJECT, ROOT

DESCRIBED: Final = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
OLDEST: Final = DESCRIBED["requires-python"].removeprefix(">=")

IMPORT_ALL: Final = """
import importlib, pkgutil, asgi_upgrade
for module in pkgutil.walk_packages(asgi_upgrade.__path__, "asgi_upgrade."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
"""


@pytest.fixture(scope="module")
def oldest() -> Path:
    """Return an interpreter of that version, with what the tool depends on."""
    if not (found := interpreter(OLDEST)):
        pytest.skip(f"this machine has no Python {OLDEST}")
    return environment_of(found, DESCRIBED["dependencies"])


def ran(python: str | Path, *arguments: str | Path) -> tuple[int, str, str]:
    """Return the exit code, and what was printed."""
    done = subprocess.run(
        [python, *arguments], cwd=ROOT, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("worker", "--diff"), 1),
        (("worker", "--check", "--json"), 1),
        (("serving", "--diff"), 1),
        (("serving", "--check", "--json"), 1),
    ],
)
def test_project_is_read_alike(
    tmp_path: Path, oldest: Path, arguments: tuple[str, ...], code: int
) -> None:
    """As by the Python that runs these tests."""
    write(tmp_path, {**PLAIN, **PROJECT, "requirements/web.txt": "django\nuvicorn==0.27.0\n"})
    tool = ("-m", "asgi_upgrade", *arguments, str(tmp_path))
    told = ran(oldest, *tool)
    assert told == ran(sys.executable, *tool)
    assert told[0] == code, told


@pytest.mark.parametrize("arguments", [("template", "--help"), ("explain", "worker-class")])
def test_command_is_there(oldest: Path, arguments: tuple[str, ...]) -> None:
    """And tells something."""
    code, told, _ = ran(oldest, "-m", "asgi_upgrade", *arguments)
    assert (code, len(told) > 100) == (0, True)


def test_each_module_can_be_imported(oldest: Path) -> None:
    """Also those of which a command needs few."""
    assert ran(oldest, "-c", IMPORT_ALL) == (0, "", "")


def test_it_is_named_alike() -> None:
    """In the documentation, to the linter, and where CI installs it."""
    assert f"It needs Python {OLDEST} or newer" in (ROOT / "docs/upgrade.md").read_text("utf-8")
    ruff = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["ruff"]
    version = f"py{OLDEST.replace('.', '')}"
    assert ruff["per-file-target-version"]["asgi_upgrade/*"] == version
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")
    assert f"            {OLDEST}\n" in workflow
