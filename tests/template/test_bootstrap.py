"""The way from a fresh machine to a running task."""

from __future__ import annotations

import ast
import importlib.util
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from rendering import TEMPLATE, run

import bootstrap


def test_old_pythons_can_read_the_file() -> None:
    """The line that says which Python is needed must not be a syntax error."""
    ast.parse((TEMPLATE / "bootstrap.py").read_text("utf-8"), feature_version=(3, 6))


def test_oldest_python_is_that_of_the_code() -> None:
    """The file cannot read it there, as old Pythons know no TOML; asgi-upgrade has its own."""
    ruff = tomllib.loads((TEMPLATE / "pyproject.toml").read_text("utf-8"))["tool"]["ruff"]
    oldest = ".".join(map(str, bootstrap.OLDEST))
    assert ruff["target-version"] == f"py{oldest.replace('.', '')}"
    assert bootstrap.NEWER[-1] == f"python{oldest}"


def old_python(minor: int) -> Path | None:
    """Return an interpreter of Python 3.`minor`, from the path or from pyenv, if there is one."""
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    installed = [path / "bin" / "python3" for path in versions.glob(f"3.{minor}.*")]
    on_path = shutil.which(f"python3.{minor}")
    for python in [*installed, *([Path(on_path)] if on_path else [])]:
        if subprocess.run([python, "-c", ""], check=False, capture_output=True).returncode == 0:
            return python
    return None


@pytest.mark.parametrize("minor", range(6, bootstrap.OLDEST[1]))
def test_real_old_python_says_what_is_needed(minor: int, tmp_path: Path) -> None:
    """It reads the whole file without an error, and says one line."""
    python = old_python(minor)
    if python is None:
        pytest.skip(f"no Python 3.{minor} on this machine")
    result = run(python, "bootstrap.py", "demo", cwd=TEMPLATE, PATH=str(tmp_path))
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert f"Python 3.12 or newer is needed, and this is 3.{minor}:" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], []),
        (["--list"], ["--list"]),
        (["demo"], ["--session", "demo", "--"]),
        (["tests", "-k", "a b"], ["--session", "tests", "--", "-k", "a b"]),
    ],
)
def test_arguments_reach_nox(arguments: list[str], expected: list[str]) -> None:
    """A task may be followed by arguments of its own."""
    assert bootstrap.nox_arguments(arguments) == expected


def test_old_python_is_one_line_that_says_what_is_needed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """There is no traceback, and no half-made environment."""
    monkeypatch.setattr(sys, "version_info", (3, 9, 1))
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert bootstrap.main([]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "Python 3.12 or newer is needed, and this is 3.9" in said


@pytest.mark.skipif(sys.platform == "win32", reason="stands in for Python with an sh script")
def test_old_python_hands_over_to_a_newer_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The newest one that runs is taken; a command without its Python is passed over."""
    broken = tmp_path / "python3.14"
    broken.write_text("#!/bin/sh\nexit 127\n")
    broken.chmod(0o755)
    (tmp_path / "python3.13").symlink_to(sys.executable)
    handed_over: list[list[str]] = []

    def run(command: list[str]) -> int:
        handed_over.append(command)
        return 0

    monkeypatch.setattr(sys, "version_info", (3, 9, 1))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(bootstrap, "run", run)
    assert bootstrap.main(["demo"]) == 0
    assert handed_over == [
        [str(tmp_path / "python3.13"), str(TEMPLATE / "bootstrap.py"), "demo"],
    ]


def test_python_without_ensurepip_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Debian's python3 comes without the means to make environments."""
    monkeypatch.setattr(bootstrap, "ENVIRONMENT", str(tmp_path / "venv"))
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert bootstrap.main([]) == 2
    assert "apt-get install python3-venv" in capsys.readouterr().err
    assert not (tmp_path / "venv").exists()


def test_exit_code_of_the_task_is_passed_on(tmp_path: Path) -> None:
    """The command runs in the repository's folder, wherever it was called from."""
    command = [sys.executable, "-c", "import os, sys; print(os.getcwd()); sys.exit(7)"]
    code = f"import bootstrap; raise SystemExit(bootstrap.run({command}))"
    result = run(sys.executable, "-c", code, cwd=tmp_path, PYTHONPATH=str(TEMPLATE))
    assert result.returncode == 7, result.stderr
    assert Path(result.stdout.strip()) == TEMPLATE


def test_help_needs_nothing() -> None:
    """It comes before any environment is made."""
    result = run(sys.executable, "bootstrap.py", "--help", cwd=TEMPLATE)
    assert result.returncode == 0
    assert "python3 bootstrap.py demo" in result.stdout
