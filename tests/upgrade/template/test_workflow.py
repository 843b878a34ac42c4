"""The workflow of a project that opens a pull request, with its script run as GitHub runs it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
import yaml
from rendering import git, render, run

from upgrade.template.mini_template import ROOT, MiniTemplate, commit_all, update


@pytest.fixture(scope="module")
def workflow(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """Return the workflow as a project has it."""
    project = render(tmp_path_factory.mktemp("workflow"))
    text = (project / ".github" / "workflows" / "update.yml").read_text("utf-8")
    found: dict[str, object] = yaml.safe_load(text)["jobs"]["pull-request"]
    return found


@pytest.fixture
def clone(old_project: Path, tmp_path: Path) -> Path:
    """Return a clone of a project that has a newer version, as a runner checks it out."""
    origin = tmp_path / "origin.git"
    git(tmp_path, "clone", "--quiet", "--bare", str(old_project), str(origin))
    folder = tmp_path / "runner"
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{origin}", str(folder))
    return folder


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """Return a folder with a `uvx` that runs this tool, and a `gh` that writes down what it is told."""
    folder = tmp_path / "programs"
    folder.mkdir()
    scripts = {
        "uvx": f'[ "$1 $2 $3" = "--from the-tool asgi-upgrade" ] || exit 9\nshift 3\n'
        f'PYTHONPATH="{ROOT}" exec "{sys.executable}" -m asgi_upgrade "$@"\n',
        "gh": f'for word in "$@"; do echo "$word"; done >> "{tmp_path}/gh"\n',
    }
    for name, text in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}")
        (folder / name).chmod(0o755)
    return folder


def run_script(workflow: dict[str, object], clone: Path, programs: Path) -> tuple[int, str]:
    """Run the script of the last step, and return its exit code and what gh was told."""
    steps = workflow["steps"]
    assert isinstance(steps, list)
    done = run(
        "bash", "-e", "-c", steps[-1]["run"], cwd=clone, ASGI_UPGRADE="the-tool",
        REPORT=str(programs / "report"), PATH=f"{programs}{os.pathsep}{os.environ['PATH']}",
    )  # fmt: skip
    told = programs.parent / "gh"
    return done.returncode, told.read_text() if told.exists() else done.stderr


def test_it_is_off_until_it_is_told_where_the_tool_is(workflow: dict[str, object]) -> None:
    """By a variable of the repository; its token may write nothing but a pull request."""
    assert workflow["if"] == "vars.ASGI_UPGRADE != ''"
    assert workflow["permissions"] == {"contents": "write", "pull-requests": "write"}


def test_a_pull_request_is_opened_once(
    workflow: dict[str, object], clone: Path, programs: Path, tmp_path: Path
) -> None:
    """With the report, on a branch of its own; next week it is there already."""
    code, told = run_script(workflow, clone, programs)
    assert code == 0, told
    title = "Update cookiecutter-django-asgi from 0.1.0 to 0.2.0"
    assert told.splitlines() == [
        "auth", "setup-git",
        "pr", "create", "--head", "update-0.2.0", "--title", title, "--body-file",
        str(programs / "report"),
    ]  # fmt: skip
    assert "docs/news.md" in (programs / "report").read_text()
    origin = tmp_path / "origin.git"
    assert git(origin, "log", "-1", "--format=%s", "update-0.2.0") == title
    again = tmp_path / "next-week"
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{origin}", str(again))
    (tmp_path / "gh").unlink()
    code, told = run_script(workflow, again, programs)
    assert (code, told.split()) == (0, ["auth", "setup-git"])


def test_conflicts_are_told_in_the_title(
    workflow: dict[str, object], clone: Path, programs: Path, tmp_path: Path
) -> None:
    """And committed with their marks, to be settled on the branch."""
    (clone / "app.py").write_text("line_25 = 'ours'\n")
    commit_all(clone)
    code, told = run_script(workflow, clone, programs)
    assert code == 0, told
    assert "to 0.2.0, with conflicts" in told
    content = git(tmp_path / "origin.git", "show", "update-0.2.0:app.py")
    assert "<<<<<<< this-project" in content


def test_nothing_is_done_without_a_newer_version(
    workflow: dict[str, object], clone: Path, programs: Path, template: MiniTemplate
) -> None:
    """And a failure is one of the workflow."""
    assert update(clone).returncode == 0
    git(clone, "commit", "--quiet", "--no-edit")
    assert run_script(workflow, clone, programs)[0] == 0
    assert not (programs.parent / "gh").exists()
    template.folder.rename(template.folder.with_name("gone"))
    code, said = run_script(workflow, clone, programs)
    assert code == 2
    assert "--template" in said
