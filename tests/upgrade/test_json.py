"""What a machine reads: its form is described, and stays."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from asgi_upgrade.json_report import VERSION
from asgi_upgrade.topics import topics
from upgrade.project import NEW, OLD, write
from upgrade.test_cli import PROJECT, ROOT, run
from upgrade.test_tree import git

SCHEMA = json.loads((ROOT / "asgi_upgrade" / "report.schema.json").read_text("utf-8"))
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


def without_other_keys(schema: Any) -> Any:
    """Return a schema that knows no keys but its own: what is printed has to be described."""
    if isinstance(schema, list):
        return [without_other_keys(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: without_other_keys(value) for key, value in schema.items()}
    return closed | ({"additionalProperties": False} if closed.get("type") == "object" else {})


VALIDATOR = Draft202012Validator(without_other_keys(SCHEMA))


def told(*arguments: str | Path, code: int) -> Any:
    """Run the command, and return what it printed, once that is valid."""
    done = run("worker", "--json", *arguments)
    assert done.returncode == code, done.stderr
    content = json.loads(done.stdout)
    VALIDATOR.validate(content)
    return content


@pytest.mark.parametrize("mode", ["--check", "--diff"])
def test_everything_is_told(tmp_path: Path, mode: str) -> None:
    """Each list has something in it, and its topics can be explained."""
    write(tmp_path, FULL)
    content = told(mode, tmp_path, code=1)
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
    content = told(tmp_path, code=0)
    assert content["written"] is True
    assert Path(content["backup"]).is_dir()
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "start.sh", "requirements.txt")
    again = told(tmp_path, code=0)
    assert (again["backup"], again["changes"]) == (None, [])


def test_lock_commands_say_nothing_in_between(tmp_path: Path) -> None:
    """What they print is no part of the object."""
    write(
        tmp_path, {"start.sh": PROJECT["start.sh"], **LOCKED, "bin/uv": "#!/bin/sh\necho locked\n"}
    )
    (tmp_path / "bin" / "uv").chmod(0o755)
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    done = run("worker", "--json", "--lock", tmp_path, PATH=path)
    VALIDATOR.validate(json.loads(done.stdout))
    assert "locked" in done.stderr


def test_what_is_refused_prints_no_object(tmp_path: Path) -> None:
    """A machine sees the exit code."""
    done = run("worker", "--json", tmp_path / "absent")
    assert (done.returncode, done.stdout) == (2, "")


@pytest.mark.parametrize("key", SCHEMA["required"])
def test_key_that_goes_is_noticed(tmp_path: Path, key: str) -> None:
    """As is one that is not described."""
    write(tmp_path, PROJECT)
    content = told("--check", tmp_path, code=1)
    with pytest.raises(ValidationError):
        VALIDATOR.validate({name: value for name, value in content.items() if name != key})
    with pytest.raises(ValidationError):
        VALIDATOR.validate(content | {"other": 1})


def test_page_shows_the_schema() -> None:
    """As it is in the package."""
    page = (ROOT / "docs" / "upgrade.md").read_text("utf-8")
    schema = (ROOT / "asgi_upgrade" / "report.schema.json").read_text("utf-8")
    assert f"```json\n{schema}```" in page
