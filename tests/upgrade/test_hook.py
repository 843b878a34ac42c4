"""The hook of pre-commit and the steps of a workflow, as the page has them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from rendering import TEMPLATE, commit
from rendering import git as git_of

from upgrade.project import NEW, OLD, write

PAGE = (TEMPLATE / "docs" / "upgrade.md").read_text("utf-8")
SECTION = PAGE[PAGE.index("## In hooks and in CI") : PAGE.index("## What a machine reads")]
TRIED, KEPT, STEPS = re.findall(r"^```(?:sh|yaml)\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL)
HOOKS = ".pre-commit-hooks.yaml"

OLD_PROJECT = {"start.sh": f"gunicorn -k {OLD} app\n", "requirements.txt": "gunicorn\nuvicorn\n"}
NEW_PROJECT = {
    "start.sh": f"gunicorn -k {NEW} app\n",
    "requirements.txt": "gunicorn\nuvicorn\nuvicorn-worker\n",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with this repository as it is now, and room for a project beside it."""
    folder = tmp_path_factory.mktemp("home")
    clone = folder / "cookiecutter-django-asgi"
    listed = git_of(TEMPLATE, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in filter(None, listed.split("\0")):
        if (TEMPLATE / name).is_file():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(TEMPLATE / name, clone / name)
    git_of(clone, "init", "--quiet", "--initial-branch", "main")
    commit(clone)
    return folder


@pytest.fixture
def project(home: Path) -> Iterator[Path]:
    """Return a project beside it, which is still to be moved."""
    folder = home / "project"
    write(folder, OLD_PROJECT)
    git_of(folder, "init", "--quiet", "--initial-branch", "main")
    commit(folder)
    yield folder
    shutil.rmtree(folder)


def typed(command: str, project: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Type a command in the folder of a project, with the tools of the tests at hand."""
    home = project.parent
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    places = {"PRE_COMMIT_HOME": str(home / "hooks"), "PIPX_HOME": str(home / "pipx")}
    return subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", command],
        cwd=project, env=os.environ | {"PATH": tools} | places | environment,
        capture_output=True, text=True, check=False, timeout=900,
    )  # fmt: skip


def moved(project: Path) -> None:
    """Move the project, as its team would."""
    write(project, NEW_PROJECT)
    commit(project)


@pytest.mark.night
def test_hook_is_tried(project: Path) -> None:
    """It fails until the project is moved."""
    failed = typed(TRIED, project)
    assert failed.returncode == 1, failed.stderr
    assert f"start.sh:1 {OLD} -> {NEW}" in failed.stdout
    moved(project)
    passed = typed(TRIED, project)
    assert passed.returncode == 0, passed.stdout
    assert "Passed" in passed.stdout


@pytest.mark.night
def test_hook_is_kept(project: Path) -> None:
    """By the file of the page, at each commit."""
    (project / ".pre-commit-config.yaml").write_text(KEPT)
    git_of(project, "add", "--all")
    failed = typed("pre-commit run", project)
    assert failed.returncode == 1, failed.stderr
    assert "To be changed:" in failed.stdout
    moved(project)
    assert typed("pre-commit run --all-files", project).returncode == 0


def test_steps_run(home: Path, project: Path) -> None:
    """The lines of the workflow, in a checkout without a clone beside it."""
    steps: list[dict[str, Any]] = yaml.safe_load(STEPS)["steps"]
    [checkout, *lines] = steps
    assert checkout["uses"].startswith("actions/checkout@")
    [clone, check] = [step["run"] for step in lines]
    inner = home / "runner" / "project"
    shutil.copytree(project, inner)
    assert set(lines[0]["env"]) == {"TEMPLATE"}
    source = str(home / "cookiecutter-django-asgi")
    assert typed(clone, inner, TEMPLATE=f"file://{source}").returncode == 0
    failed = typed(check, inner)
    assert failed.returncode == 1, failed.stderr
    assert f"start.sh:1 {OLD} -> {NEW}" in failed.stdout
    moved(inner)
    assert typed(check, inner).returncode == 0


def test_hook_is_described() -> None:
    """It runs the command that the page speaks of."""
    [hook] = yaml.safe_load((TEMPLATE / HOOKS).read_text("utf-8"))
    assert hook["entry"] == "asgi-upgrade worker --check"
    assert f"id: {hook['id']}" in KEPT
