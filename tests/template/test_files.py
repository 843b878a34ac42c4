"""A project keeps what its visitors upload in a folder, or in a bucket when a variable names one."""

from __future__ import annotations

import shutil
from pathlib import Path

from quality import environment_with_extras
from rendering import TEMPLATE, render, run


def test_project_keeps_files(tmp_path: Path) -> None:
    """`proofs/files` asks real servers, with a folder and with moto's S3."""
    project = render(tmp_path, accounts="none")
    shutil.copytree(TEMPLATE / "proofs" / "files", project / "tests" / "files")
    python = environment_with_extras(project)
    options = ("--quiet", "-p", "no:cacheprovider")
    tests = "tests/files"
    result = run(python, "-m", "pytest", *options, tests, cwd=project, PYTHONDONTWRITEBYTECODE="1")
    assert result.returncode == 0, result.stdout + result.stderr
