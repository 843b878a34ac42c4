"""The way from a fresh machine to a running task."""

from __future__ import annotations

import ast
import importlib.util
import shutil
import sys
from pathlib import Path

import pytest
from rendering import TEMPLATE, run

import bootstrap


def test_old_pythons_can_read_the_file() -> None:
    """The line that says which Python is needed must not be a syntax error."""
    ast.parse((TEMPLATE / "bootstrap.py").read_text("utf-8"), feature_version=(3, 6))


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


def test_help_needs_nothing() -> None:
    """It comes before any environment is made."""
    result = run(sys.executable, "bootstrap.py", "--help", cwd=TEMPLATE)
    assert result.returncode == 0
    assert "python3 bootstrap.py demo" in result.stdout
