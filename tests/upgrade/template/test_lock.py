"""The lock file is made again, by uv, when dependencies have changed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from rendering import git

from upgrade.template.mini_template import PYPROJECT, MiniTemplate, commit_all, update

MORE = PYPROJECT.replace("dependencies = []", 'dependencies = ["django"]')


@pytest.fixture
def locked_project(template: MiniTemplate, tmp_path: Path) -> Path:
    """Return a project with a lock file."""
    project = template.project(tmp_path / "made")
    (project / "uv.lock").write_text("old\n")
    commit_all(project)
    return project


def path_with_uv(folder: Path, script: str) -> str:
    """Return a PATH whose uv is a script."""
    folder.mkdir()
    (folder / "uv").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "uv").chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def test_it_is_a_part_of_the_update(
    template: MiniTemplate, locked_project: Path, tmp_path: Path
) -> None:
    """Staged with the rest, and taken back with it."""
    template.release("0.2.0", {"pyproject.toml": MORE})
    path = path_with_uv(tmp_path / "programs", 'echo "$@" > uv.lock')
    done = update(locked_project, PATH=path)
    assert done.returncode == 0, done.stderr
    assert "Locking the dependencies" in done.stderr
    assert "uv lock " not in done.stdout
    assert git(locked_project, "show", ":uv.lock") == "lock --quiet"
    git(locked_project, "merge", "--abort")
    assert (locked_project / "uv.lock").read_text() == "old\n"


def test_nothing_is_locked_without_need(
    template: MiniTemplate, locked_project: Path, tmp_path: Path
) -> None:
    """The record in pyproject.toml is no dependency."""
    template.release("0.2.0", {"docs/news.md": "# News\n"})
    path = path_with_uv(tmp_path / "programs", "echo called > uv.lock")
    assert update(locked_project, PATH=path).returncode == 0
    assert (locked_project / "uv.lock").read_text() == "old\n"


@pytest.mark.parametrize("problem", ["uv fails", "conflict"])
def test_what_could_not_be_locked_is_the_next_command(
    template: MiniTemplate, locked_project: Path, tmp_path: Path, problem: str
) -> None:
    """The update stands, and the reason is told."""
    if problem == "conflict":
        file = locked_project / "pyproject.toml"
        text = file.read_text().replace("dependencies = []", 'dependencies = ["flask"]')
        file.write_text(text)
        commit_all(locked_project)
    template.release("0.2.0", {"pyproject.toml": MORE})
    path = path_with_uv(tmp_path / "programs", "exit 1")
    done = update(locked_project, PATH=path)
    reason = {"uv fails": "to see why it failed here", "conflict": "when pyproject.toml is settled"}
    assert f"  uv lock                 {reason[problem]}" in done.stdout
    assert (locked_project / "uv.lock").read_text() == "old\n"
