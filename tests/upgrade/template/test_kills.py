"""At whatever moment the command ends: all is as before, or done, or one command of git's away."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rendering import git

from upgrade.template.mini_template import (
    FILES,
    ROOT,
    MiniTemplate,
    commit_all,
    status,
    tracked,
    update,
)  # fmt: skip

FILES_OF_A_FOLDER = 120
PATIENCE = 60
"""Seconds after which a command that does not end is a failure."""


@pytest.fixture(scope="module")
def made_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project whose update writes, replaces and removes hundreds of files."""
    folder = tmp_path_factory.mktemp("large")
    template = MiniTemplate(folder / "template")
    old = {f"old/{number}.py": f"old = {number}\n" * 50 for number in range(FILES_OF_A_FOLDER)}
    template.release("0.1.5", old)
    project = template.project(folder / "made")
    for number in range(0, FILES_OF_A_FOLDER, 7):
        (project / "old" / f"{number}.py").write_text("ours = 1\n")
    commit_all(project)
    new = {
        name: None if number % 3 else f"new = {number}\n" * 50 for number, name in enumerate(old)
    }
    added = {f"new/{number}.py": f"added = {number}\n" for number in range(FILES_OF_A_FOLDER)}
    template.release("0.2.0", {**new, **added, "app.py": FILES["app.py"] + "more = 1\n"})
    return project


@pytest.fixture
def large_project(made_project: Path, tmp_path: Path) -> Path:
    """Return a copy of it."""
    return shutil.copytree(made_project, tmp_path / "made" / made_project.name)


def start(project: Path, **environment: str) -> subprocess.Popen[bytes]:
    """Begin an update, which leaves its temporary files beside the project when it is killed."""
    environment["TMPDIR"] = str(project.parent)
    return subprocess.Popen(
        [sys.executable, "-m", "asgi_upgrade", "template"],
        cwd=project, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment}, start_new_session=True,
    )  # fmt: skip


def wait_for_files(process: subprocess.Popen[bytes], project: Path, count: int) -> None:
    """Wait until an update writes, and has written so many new files."""
    end = time.monotonic() + PATIENCE
    marker = project / ".git" / "asgi-upgrade-writes"
    while time.monotonic() < end and process.poll() is None:
        folder = project / "new"
        written = sum(1 for _ in folder.iterdir()) if folder.is_dir() else 0
        if marker.exists() and written >= count:
            return
        time.sleep(0.0005)


@pytest.mark.parametrize("written", [0, 1, 20, 60, 119])
def test_a_killed_update_is_one_command_away(large_project: Path, written: int) -> None:
    """`git reset --hard`, which the next update tells to run; no file is left behind."""
    before = tracked(large_project)
    process = start(large_project)
    wait_for_files(process, large_project, written)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    marker = large_project / ".git" / "asgi-upgrade-writes"
    if marker.exists():
        (large_project / ".git" / "index.lock").unlink(missing_ok=True)
        told = update(large_project)
        assert told.returncode == 2
        assert "git reset --hard" in told.stderr
        git(large_project, "reset", "--hard", "--quiet")
        marker.unlink()
        assert not (large_project / "new").exists()
    elif status(large_project):
        git(large_project, "merge", "--abort")
    assert (status(large_project), tracked(large_project)) == ("", before)
    assert not (large_project / ".git" / "MERGE_HEAD").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("written", [0, 50])
def test_an_interrupted_update_takes_itself_back(
    large_project: Path, number: signal.Signals, written: int
) -> None:
    """Ctrl+C, and a polite end; unless all was written already."""
    before = tracked(large_project)
    process = start(large_project)
    wait_for_files(process, large_project, written)
    process.send_signal(number)
    writes = (large_project / ".git" / "asgi-upgrade-writes").exists()
    assert process.wait(PATIENCE) in ({130} if writes else {0, 1, 130, 143})
    if process.returncode in {0, 1}:
        git(large_project, "merge", "--abort")
    assert not (large_project / ".git" / "asgi-upgrade-writes").exists()
    assert (status(large_project), tracked(large_project)) == ("", before)
    assert not (large_project / "new").exists()


@pytest.mark.parametrize(
    "command", ["rev-parse", "clone", "worktree", "hash-object", "merge-tree", "unpack-objects"]
)
def test_a_kill_before_it_writes_changes_nothing(
    large_project: Path, tmp_path: Path, command: str
) -> None:
    """Not while it fetches, renders or merges: when it first runs this command of git's."""
    before = tracked(large_project)
    killing = tmp_path / "killing" / "git"
    killing.parent.mkdir()
    killing.write_text(
        f'#!/bin/sh\ncase " $* " in *" {command} "*) kill -KILL "-$PPID" ;; esac\n'
        f'exec "{shutil.which("git")}" "$@"\n'
    )
    killing.chmod(0o755)
    process = start(large_project, PATH=f"{killing.parent}:{os.environ['PATH']}")
    assert process.wait(PATIENCE) == -signal.SIGKILL
    assert not (large_project / ".git" / "asgi-upgrade-writes").exists()
    assert not (large_project / ".git" / "MERGE_HEAD").exists()
    assert (status(large_project), tracked(large_project)) == ("", before)


def test_another_git_is_at_work(large_project: Path) -> None:
    """The index is locked, and the error of git is told."""
    before = tracked(large_project)
    lock = large_project / ".git" / "index.lock"
    lock.write_text("")
    done = update(large_project)
    assert done.returncode == 2
    assert "index.lock" in done.stderr
    assert "Traceback" not in done.stderr
    lock.unlink()
    assert (status(large_project), tracked(large_project)) == ("", before)
    assert not (large_project / ".git" / "MERGE_HEAD").exists()
    assert update(large_project).returncode == 1
