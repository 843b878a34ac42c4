"""What is done to a new project once its files are there, and what is said about it."""

from __future__ import annotations

import os
import re
import shutil
import stat
import sys
import time
import tomllib
from pathlib import Path

import pytest
from rendering import COOKIECUTTER, TEMPLATE, commit, copy_template, git, render, run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="stands in for uv with sh scripts")

LOCKS = 'if [ "$1" = lock ]; then echo "locked $*" > uv.lock; fi'
FAILS = 'if [ "$1" = lock ]; then echo half > uv.lock; echo noise; echo noise >&2; exit 2; fi'
BROKEN_SHIM = "echo 'uv: version 3.13 is not installed' >&2; exit 127"
HANGS = f"""
[ "$1" = lock ] || exit 0
echo half > uv.lock
{sys.executable} -c 'import time; time.sleep(600)' &
echo $! > "$CHILD_FILE"
wait
"""


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """Return a folder that is the whole PATH, with Git and nothing else."""
    folder = tmp_path / "tools"
    folder.mkdir()
    (folder / "git").symlink_to(shutil.which("git") or "git")
    return folder


def add_uv(tools: Path, script: str) -> None:
    """Put a program that is called uv on the PATH."""
    (tools / "uv").write_text(f"#!/bin/sh\n{script}\n")
    (tools / "uv").chmod(0o755)


def generate(
    tools: Path, *arguments: str, template: Path = TEMPLATE, **environment: str
) -> tuple[Path, str]:
    """Make a project on the command line, and return its folder and what was printed."""
    folder = tools.parent
    variables = {"PATH": str(tools), "PWD": str(folder), "COOKIECUTTER_LOCK_TIMEOUT": ""}
    command = (*COOKIECUTTER, str(template), "--no-input", *arguments)
    result = run(*command, cwd=folder, **(variables | environment))
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    return folder / "my_project", result.stdout


def revision(project: Path) -> str:
    """Return the revision of the template that a project records."""
    data = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))
    return str(data["tool"]["cookiecutter-django-asgi"]["revision"])


def test_env_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Also where everything else is open to all."""
    previous = os.umask(0)
    try:
        project = render(tmp_path)
    finally:
        os.umask(previous)
    assert stat.S_IMODE((project / ".env").stat().st_mode) == 0o600


def test_env_file_reads_the_same_everywhere(project: Path) -> None:
    """One assignment, in characters that neither shells nor Compose interpret."""
    lines = (project / ".env").read_text("ascii").splitlines()
    (assignment,) = [line for line in lines if not line.startswith("# ")]
    assert re.fullmatch(r"SECRET_KEY=[A-Za-z0-9_-]{50,}", assignment)
    assert "# DATABASE_URL=postgres://USER:PASSWORD@localhost:5432/my_project" in lines
    assert "# CACHE_URL=redis://localhost:6379/0" in lines


def test_every_project_has_its_own_secrets(tmp_path: Path) -> None:
    """Two projects with the same answers differ in nothing else."""
    project, other = (render(tmp_path / name) for name in ("one", "other"))
    assert (project / ".env").read_bytes() != (other / ".env").read_bytes()
    different = [
        path.relative_to(project)
        for path in project.rglob("*")
        if path.is_file() and path.read_bytes() != (other / path.relative_to(project)).read_bytes()
    ]
    assert different == [Path(".env")]


def test_existing_env_file_is_kept(tools: Path) -> None:
    """Generating again into the same folder leaves secrets in use alone."""
    project, _ = generate(tools)
    (project / ".env").write_text("SECRET_KEY=mine\n")
    (project / "manage.py").unlink()
    generate(tools, "--overwrite-if-exists")
    assert (project / "manage.py").exists()
    assert (project / ".env").read_text() == "SECRET_KEY=mine\n"


def test_next_commands_with_uv(tools: Path) -> None:
    """From the folder where cookiecutter was started, without and with containers."""
    add_uv(tools, LOCKS)
    _, said = generate(tools)
    assert [line.strip() for line in said.splitlines() if line.startswith("    ")] == [
        "cd my_project",
        "uv run manage.py migrate",
        "uv run manage.py runserver",
        "docker compose up",
    ]


def test_next_commands_without_uv(tools: Path) -> None:
    """Python and pip suffice."""
    _, said = generate(tools)
    assert [line.strip() for line in said.splitlines() if line.startswith("    ")] == [
        "cd my_project",
        "python3 -m venv --upgrade-deps .venv",
        ".venv/bin/python -m pip install . --group dev",
        ".venv/bin/python manage.py migrate",
        ".venv/bin/python manage.py runserver",
        "docker compose up",
    ]


def test_next_commands_name_a_folder_elsewhere(tools: Path) -> None:
    """With a space in it, and on a console that lacks its letters."""
    started_in = tools.parent.resolve()
    _, said = generate(tools, "--output-dir", "my sites")
    assert f'    cd "{started_in}/my sites/my_project"\n' in said
    _, said = generate(tools, "--output-dir", "家", PYTHONIOENCODING="cp1252")
    assert f"    cd {started_in}/\\u5bb6/my_project\n" in said


def test_dependencies_are_locked_by_uv(tools: Path) -> None:
    """Quietly, but not without a word, as it may take a while."""
    add_uv(tools, LOCKS)
    project, said = generate(tools)
    assert (project / "uv.lock").read_text().startswith("locked lock")
    assert "Locking the dependencies with uv, for 60 seconds at most ..." in said
    assert "not locked" not in said


@pytest.mark.parametrize("script", [None, BROKEN_SHIM])
def test_without_uv_the_lock_is_left_for_later(tools: Path, script: str | None) -> None:
    """A version manager's shim for a uv that is not installed counts as none."""
    if script:
        add_uv(tools, script)
    project, said = generate(tools)
    assert not (project / "uv.lock").exists()
    assert "not locked, as there is no uv. Run 'uv lock' once there is." in said
    assert "uv run" not in said


def test_failing_lock_leaves_nothing_half_written(tools: Path) -> None:
    """And costs one line."""
    add_uv(tools, FAILS)
    project, said = generate(tools)
    assert not (project / "uv.lock").exists()
    assert "not locked. Run 'uv lock' to see why, and to lock them." in said
    assert "noise" not in said


def test_failing_lock_keeps_the_former_one(tools: Path) -> None:
    """Generating again into the same folder."""
    add_uv(tools, FAILS)
    project, _ = generate(tools)
    (project / "uv.lock").write_bytes(b"former\r\n")
    generate(tools, "--overwrite-if-exists")
    assert (project / "uv.lock").read_bytes() == b"former\r\n"


def test_hanging_lock_is_stopped_with_all_it_started(tools: Path, tmp_path: Path) -> None:
    """After the seconds that the environment allows."""
    add_uv(tools, HANGS)
    child_file = tmp_path / "child"
    project, said = generate(tools, COOKIECUTTER_LOCK_TIMEOUT="1", CHILD_FILE=str(child_file))
    assert "for 1 seconds at most" in said
    assert "not locked. Run 'uv lock' to see why" in said
    assert not (project / "uv.lock").exists()
    assert has_ended(int(child_file.read_text()))


def has_ended(process: int) -> bool:
    """Wait for a process that this one did not start; a zombie has ended, too."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        state = run("ps", "-o", "stat=", "-p", str(process), cwd=Path.cwd()).stdout.strip()
        if not state or state.startswith("Z"):
            return True
    return False


def test_lock_can_be_left_out(tools: Path) -> None:
    """Where the network is slow, and where projects are made by the hundred."""
    add_uv(tools, LOCKS)
    project, said = generate(tools, COOKIECUTTER_LOCK_TIMEOUT="0")
    assert not (project / "uv.lock").exists()
    assert "lock" not in said.lower()


def test_lock_timeout_that_is_no_number_is_the_default(tools: Path) -> None:
    """A typing error must not cost the project."""
    add_uv(tools, LOCKS)
    project, said = generate(tools, COOKIECUTTER_LOCK_TIMEOUT="1m")
    assert (project / "uv.lock").exists()
    assert "for 60 seconds" in said


def test_revision_of_a_repository_is_recorded(tools: Path, tmp_path: Path) -> None:
    """A folder that is a clone, also when a Git hook points Git elsewhere."""
    template = copy_template(tmp_path)
    expected = commit(template)
    other = tmp_path / "other"
    other.mkdir()
    (other / "file").touch()
    assert commit(other) != expected
    project, _ = generate(tools, template=template, GIT_DIR=str(other / ".git"))
    assert revision(project) == expected
    assert (project / "pyproject.toml").read_text("utf-8").count(expected) == 1


def test_revision_of_an_enclosing_repository_is_not_taken(tools: Path, tmp_path: Path) -> None:
    """A template that was unpacked inside somebody's repository is not that repository."""
    template = copy_template(tmp_path / "repository")
    commit(tmp_path / "repository")
    assert git(template, "rev-parse", "HEAD")
    project, _ = generate(tools, template=template)
    assert revision(project) == ""


def test_revision_of_a_repository_without_commits_is_empty(tools: Path, tmp_path: Path) -> None:
    """There is none yet."""
    template = copy_template(tmp_path)
    git(template, "init", "--quiet")
    project, _ = generate(tools, template=template)
    assert revision(project) == ""


def test_revision_is_empty_without_git(tools: Path, tmp_path: Path) -> None:
    """Nothing fails."""
    template = copy_template(tmp_path)
    commit(template)
    (tools / "git").unlink()
    project, _ = generate(tools, template=template)
    assert revision(project) == ""


def test_revision_is_written_to_its_own_line_only(tools: Path, tmp_path: Path) -> None:
    """A description may look like that line."""
    template = copy_template(tmp_path)
    expected = commit(template)
    look_alike = 'revision = ""'
    project, _ = generate(tools, f"description={look_alike}", template=template)
    assert revision(project) == expected
    data = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))
    assert data["project"]["description"] == look_alike
