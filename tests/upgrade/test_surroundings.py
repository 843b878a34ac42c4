"""What stands around the command: patch, consoles, pipes, and git."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from asgi_upgrade.engine import migrate
from asgi_upgrade.tree import NoTreeError
from upgrade.project import NEW, OLD, write
from upgrade.test_cli import ROOT, run
from upgrade.test_tree import git

DECLARED = {"requirements.txt": "gunicorn\nuvicorn\nuvicorn-worker\n"}


@pytest.mark.parametrize("apply", [["patch", "-p1", "--silent", "--binary"], ["git", "apply"]])
@pytest.mark.parametrize(
    ("name", "encoding", "text"),
    [
        ("start.sh", "utf-8-sig", f"gunicorn -k {OLD}\nend\n"),
        ("start.ps1", "utf-16", f"first\ngunicorn -k {OLD}\nend\n"),
        ("start.ps1", "utf-16", f"first\r\ngunicorn -k {OLD}"),
        ("start.bat", "utf-8", f"first\r\ngunicorn -k {OLD}\r\n"),
        ("a.py", "latin-1", f"# coding: latin-1\n# \xe9\nW = '{OLD}'\n"),
        ("page.py", "utf-8", f"x = 1\n\x0c\n# a\x0bb\x85c\u2028d\nW = '{OLD}'\n"),
        ("a b/\u00fc.sh", "utf-8", f"gunicorn -k {OLD}\n"),
    ],
)
def test_diff_is_taken_byte_by_byte(
    tmp_path: Path, apply: list[str], name: str, encoding: str, text: str
) -> None:
    """Whatever the encoding of a file."""
    write(tmp_path, {**DECLARED, name: text.encode(encoding)})
    command = [sys.executable, "-m", "asgi_upgrade", "worker", "--diff", str(tmp_path)]
    diff = subprocess.run(command, cwd=ROOT, capture_output=True, check=False).stdout
    subprocess.run(apply, cwd=tmp_path, input=diff, check=True)
    assert (tmp_path / name).read_bytes() == text.replace(OLD, NEW).encode(encoding)


@pytest.mark.parametrize("option", ["--check", "--diff", "--json"])
def test_console_that_knows_few_characters(tmp_path: Path, option: str) -> None:
    """Such as that of Windows; a name that is no text at all among them."""
    odd = b"\xff.sh".decode("utf-8", "surrogateescape")
    for name in ("\u043c\u0438\u0440.sh", odd):
        (tmp_path / name).write_text(f"gunicorn -k {OLD}  # \u2713\n", "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "asgi_upgrade", "worker", option, "--force", str(tmp_path)],
        cwd=ROOT, env=os.environ | {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"},
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr


def test_reader_that_leaves_early(tmp_path: Path) -> None:
    """As `| head` does: no traceback, and not the exit code of a check that found nothing."""
    write(tmp_path, DECLARED | {f"{n}.sh": f"gunicorn -k {OLD}\n" * 50 for n in range(100)})
    for option in ("--check", "--diff", "--json"):
        with subprocess.Popen(
            [sys.executable, "-m", "asgi_upgrade", "worker", option, str(tmp_path)],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        ) as process:  # fmt: skip
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.read(10)
            process.stdout.close()
            said = process.stderr.read().decode()
        assert "Traceback" not in said
        assert "Exception ignored" not in said
        assert process.returncode == 141, option


def test_repository_of_another_user_is_no_folder_without_git(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git keeps its files, and says how to be let in."""
    write(tmp_path, {**DECLARED, "start.sh": f"gunicorn -k {OLD}\n"})
    git(tmp_path, "init", "--quiet")
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(NoTreeError, match=f"git config --global --add safe.directory {tmp_path}"):
        migrate(tmp_path)
    refused = run("worker", tmp_path)
    assert refused.returncode == 2
    assert refused.stderr.startswith("asgi-upgrade: git does not read")
    assert (tmp_path / "start.sh").read_text() == f"gunicorn -k {OLD}\n"
