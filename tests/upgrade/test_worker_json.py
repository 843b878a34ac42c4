"""What `asgi-upgrade worker --json` tells."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from asgi_upgrade.json_report import VERSION
from asgi_upgrade.topics import topics
from upgrade.json_reports import WORKER
from upgrade.project import NEW, OLD, write
from upgrade.test_cli import PROJECT, run
from upgrade.test_tree import git

LOCKED = {"pyproject.toml": '[project]\ndependencies = ["uvicorn"]\n', "uv.lock": "version = 1\n"}
FULL: dict[str, str | bytes] = {
    **PROJECT,
    **LOCKED,
    "CHANGELOG.md": OLD,
    "a.py": "from uvicorn.workers import *\n",
    "odd.sh": b"\xe9 uvicorn.workers",
    "settings.py": "CONN_MAX_AGE = 60\n",
    "uvicorn==0.31.0/requirements.txt": "uvicorn==0.31.0\n",
}
"""Something of everything that is told."""


@pytest.mark.parametrize("mode", ["--check", "--diff"])
def test_everything_is_told(tmp_path: Path, mode: str) -> None:
    """Each list has something in it, and its topics can be explained."""
    write(tmp_path, FULL)
    content = WORKER.told(mode, tmp_path, code=1)
    assert (content["version"], content["written"], content["backup"]) == (VERSION, False, None)
    for name in ("changes", "decisions", "findings", "skipped", "commands"):
        assert content[name], name
    named = {each["topic"] for each in content["decisions"] + content["findings"]}
    assert {"other-names", "unreadable", "conn-max-age"} <= named <= set(topics())
    changes = {change["path"]: change["edits"] for change in content["changes"]}
    edit = {"line": 2, "before": OLD, "after": NEW, "why": "uvicorn.workers is deprecated"}
    assert changes["start.sh"] == [edit]
    assert content["skipped"] == [{"path": "CHANGELOG.md", "reason": "it is history"}]
    assert content["commands"] == [{"folder": ".", "arguments": ["uv", "lock"]}]


def test_change_is_told(tmp_path: Path) -> None:
    """With the former files, and without them where git has them; a second run has nothing to say."""
    write(tmp_path, PROJECT)
    content = WORKER.told(tmp_path)
    assert content["written"] is True
    assert Path(content["backup"]).is_dir()
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "start.sh", "requirements.txt")
    again = WORKER.told(tmp_path)
    assert (again["backup"], again["changes"]) == (None, [])


def test_lock_commands_say_nothing_in_between(tmp_path: Path) -> None:
    """What they print is no part of the object."""
    write(
        tmp_path, {"start.sh": PROJECT["start.sh"], **LOCKED, "bin/uv": "#!/bin/sh\necho locked\n"}
    )
    (tmp_path / "bin" / "uv").chmod(0o755)
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    done = run("worker", "--json", "--lock", tmp_path, PATH=path)
    WORKER.validate(json.loads(done.stdout))
    assert "locked" in done.stderr
