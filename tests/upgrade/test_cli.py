"""The command, as a person runs it."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from asgi_upgrade import worker_command
from upgrade.project import NEW, OLD, write
from upgrade.test_tree import git

ROOT = Path(__file__).resolve().parents[2]
PROJECT = {
    "start.sh": f"#!/bin/sh\ngunicorn -k {OLD} app\n",
    "requirements.txt": "uvicorn==0.27.0\n",
}
CHANGED = {
    "start.sh": f"#!/bin/sh\ngunicorn -k {NEW} app\n",
    "requirements.txt": "uvicorn==0.27.0\nuvicorn-worker==0.3.0\n",
}


def run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m asgi_upgrade`."""
    return subprocess.run(
        [sys.executable, "-m", "asgi_upgrade", *map(str, arguments)],
        cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def content(folder: Path) -> dict[str, str]:
    """Return the files of the project."""
    return {name: (folder / name).read_text() for name in PROJECT}


def test_files_are_changed_and_told(tmp_path: Path) -> None:
    """File, line, what and why; a second run has nothing to do."""
    write(tmp_path, PROJECT)
    done = run("worker", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"start.sh:2 {OLD} -> {NEW} (uvicorn.workers is deprecated)" in done.stdout
    assert "requirements.txt:2 + uvicorn-worker==0.3.0" in done.stdout
    assert "\033" not in done.stdout
    assert "Nothing to do" not in done.stdout
    assert content(tmp_path) == CHANGED
    again = run("worker", tmp_path)
    assert (again.returncode, again.stdout) == (0, "Nothing to do.\n")


def test_former_files_are_kept_where_git_keeps_none(tmp_path: Path) -> None:
    """The report names the folder."""
    write(tmp_path, PROJECT)
    done = run("worker", tmp_path)
    [backup] = tmp_path.glob(".asgi-upgrade-backup-*")
    assert str(backup) in done.stdout
    assert content(backup) == PROJECT


def test_git_keeps_the_former_files(tmp_path: Path) -> None:
    """So no copy is made."""
    write(tmp_path, PROJECT)
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "Start")
    assert run("worker", tmp_path).returncode == 0
    assert content(tmp_path) == CHANGED
    assert list(tmp_path.glob(".asgi-upgrade-backup-*")) == []


@pytest.mark.parametrize("state", ["untracked", "modified", "staged"])
def test_uncommitted_changes_are_refused(tmp_path: Path, state: str) -> None:
    """In a file that would be touched; with --allow-dirty they are not."""
    write(
        tmp_path, {"other.txt": "a"} if state == "untracked" else {**PROJECT, "start.sh": "old\n"}
    )
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "Start")
    write(tmp_path, PROJECT)
    if state == "staged":
        git(tmp_path, "add", ".")
    refused = run("worker", tmp_path)
    assert refused.returncode == 2
    assert "uncommitted changes in" in refused.stderr
    assert "--allow-dirty" in refused.stderr
    assert content(tmp_path) == PROJECT
    assert run("worker", tmp_path, "--allow-dirty").returncode == 0
    assert content(tmp_path) == CHANGED


def test_other_uncommitted_changes_do_not_matter(tmp_path: Path) -> None:
    """The files that are touched are clean."""
    write(tmp_path, {**PROJECT, "notes.txt": "a"})
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "Start")
    write(tmp_path, {"notes.txt": "b"})
    assert run("worker", tmp_path).returncode == 0


def test_diff_writes_nothing_and_patch_takes_it(tmp_path: Path) -> None:
    """Also where the last line has no end."""
    files = {**PROJECT, "requirements.txt": "uvicorn==0.27.0"}
    write(tmp_path, files)
    done = run("worker", "--diff", tmp_path)
    assert done.returncode == 1
    assert content(tmp_path) == files
    patch = ["patch", "-p1", "--silent", "-d", str(tmp_path)]
    subprocess.run(patch, input=done.stdout, text=True, check=True)
    assert content(tmp_path) == {
        **CHANGED,
        "requirements.txt": "uvicorn==0.27.0\nuvicorn-worker==0.3.0",
    }


def test_check_tells_by_its_exit_code(tmp_path: Path) -> None:
    """1 before, 0 after, and nothing is written."""
    write(tmp_path, PROJECT)
    checked = run("worker", "--check", tmp_path)
    assert checked.returncode == 1
    assert "To be changed:" in checked.stdout
    assert content(tmp_path) == PROJECT
    run("worker", tmp_path)
    assert run("worker", "--check", tmp_path).returncode == 0


def test_decision_remains_after_the_changes(tmp_path: Path) -> None:
    """With its advice and its topic, and exit code 1."""
    write(tmp_path, {**PROJECT, "a.py": "from uvicorn.workers import *\n"})
    done = run("worker", tmp_path)
    assert done.returncode == 1
    assert "Left to you:\n  a.py:1 * of uvicorn.workers" in done.stdout
    assert "asgi-upgrade explain other-names" in done.stdout
    again = run("worker", tmp_path)
    assert (again.returncode, "Nothing to do" in again.stdout) == (1, False)


def test_lock_runs_the_commands(tmp_path: Path) -> None:
    """A command that fails, or is not there, is named."""
    lock = {"pyproject.toml": '[project]\ndependencies = ["uvicorn"]\n', "pdm.lock": "x = 1\n"}
    write(tmp_path, {"start.sh": PROJECT["start.sh"], **lock})
    (tmp_path / "bin").mkdir()
    refused = run("worker", "--lock", tmp_path, PATH=str(tmp_path / "bin"))
    assert refused.returncode == 2
    assert "pdm lock --update-reuse cannot be run: No such file" in refused.stderr
    tool = tmp_path / "bin" / "pdm"
    tool.write_text("#!/bin/sh\necho $PWD $@ > ran\n")
    tool.chmod(0o755)
    write(tmp_path, {"start.sh": PROJECT["start.sh"], **lock})
    assert (
        run(
            "worker", "--lock", tmp_path, PATH=f"{tmp_path / 'bin'}:{os.environ['PATH']}"
        ).returncode
        == 0
    )
    assert (tmp_path / "ran").read_text() == f"{tmp_path} lock --update-reuse\n"


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (("worker", "/absent"), 2, "asgi-upgrade: /absent is no folder"),
        (("worker", "--diff", "--check"), 2, "not allowed with argument"),
        ((), 2, "COMMAND"),
        (("worker", "--colour"), 2, "unrecognized arguments"),
    ],
)
def test_mistake_is_one_line(arguments: tuple[str, ...], code: int, text: str) -> None:
    """Without a traceback."""
    refused = run(*arguments)
    assert refused.returncode == code
    assert text in refused.stderr
    assert "Traceback" not in refused.stderr


def test_help_has_examples_and_exit_codes() -> None:
    """What a person needs; that of the tool names its commands."""
    shown = run("worker", "--help").stdout
    assert "asgi-upgrade worker --diff" in shown
    assert "1  changes or decisions remain" in shown
    commands = run("--help").stdout
    for name in ("worker", "template", "COMMAND --help"):
        assert name in commands


class Terminal(io.StringIO):
    """What a person looks at."""

    def isatty(self) -> bool:
        """Tell so."""
        return True


@pytest.mark.parametrize(("stream", "shown"), [(Terminal, True), (io.StringIO, False)])
def test_progress_is_shown_after_a_second(
    monkeypatch: pytest.MonkeyPatch, stream: type[io.StringIO], shown: bool
) -> None:
    """On a terminal, not too often, and it is wiped away at the end."""
    moments = iter([0, 0.5, 2, 2.01, 3])
    written = stream()
    monkeypatch.setattr(sys, "stderr", written)
    monkeypatch.setattr(time, "monotonic", lambda: next(moments))
    show = worker_command._progress()  # noqa: SLF001  # what main gives to the engine
    for done in (1, 2, 3, 10):
        show(done, 10)
    assert written.getvalue() == ("\r\033[K2 of 10 files\r\033[K" if shown else "")
