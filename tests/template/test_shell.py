"""The shell scripts of a project are clean."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from rendering import run


@pytest.mark.skipif(
    shutil.which("shellcheck") is None and os.environ.get("CI") != "true",
    reason="it needs ShellCheck: apt-get install shellcheck",
)
def test_scripts_are_clean(project: Path) -> None:
    """Plain POSIX, as ShellCheck sees it."""
    files = [path for path in (project / "deploy").rglob("*") if path.is_file()]
    scripts = [path for path in files if path.read_bytes().startswith(b"#!/bin/sh\n")]
    assert {"backup", "make-secrets", "restore"} <= {path.name for path in scripts}
    options = ("--external-sources", "--source-path", "SCRIPTDIR")
    result = run("shellcheck", *options, *scripts, cwd=project)
    assert result.returncode == 0, result.stdout


@pytest.mark.skipif(os.name == "nt", reason="the scripts are for the containers of Linux")
def test_scripts_tell_what_they_do(project: Path) -> None:
    """With nothing set up, too."""
    scripts = [*(project / "deploy" / "backup").glob("*[!.]*"), project / "deploy" / "restore"]
    for script in scripts:
        if script.suffix or script.name == "Dockerfile":
            continue
        told = run("sh", script, "--help", cwd=project)
        assert told.returncode == 0, told.stderr
        assert f"Usage: {'sh deploy/' * (script.name == 'restore')}{script.name}" in told.stdout
        assert told.stdout.count("\n") > 1
