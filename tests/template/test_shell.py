"""The shell scripts of a project are clean."""

from __future__ import annotations

import os
import sysconfig
from pathlib import Path

import pytest
from rendering import run

SHELLCHECK = Path(sysconfig.get_path("scripts")) / "shellcheck"


def test_scripts_are_clean(project: Path) -> None:
    """Plain POSIX, as ShellCheck sees it, and they may be run."""
    files = [path for path in (project / "deploy").rglob("*") if path.is_file()]
    scripts = [path for path in files if path.read_bytes().startswith(b"#!/bin/sh\n")]
    assert {"backup", "make-secrets", "push", "release", "restore"} <= {
        path.name for path in scripts
    }
    options = ("--external-sources", "--source-path", "SCRIPTDIR")
    result = run(SHELLCHECK, *options, *scripts, cwd=project)
    assert result.returncode == 0, result.stdout
    assert [script for script in scripts if not os.access(script, os.X_OK)] == []


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
