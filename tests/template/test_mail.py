"""A project sends messages by the provider that a variable names."""

from __future__ import annotations

import shutil
from pathlib import Path

from quality import environment_with_extras
from rendering import TEMPLATE, render, run


def test_project_sends_by_providers(tmp_path: Path) -> None:
    """`proofs/mail` stands in for their APIs."""
    project = render(tmp_path, accounts="none")
    shutil.copytree(TEMPLATE / "proofs" / "mail", project / "tests" / "mail")
    python = environment_with_extras(project)
    options = ("--quiet", "-p", "no:cacheprovider")
    tests = "tests/mail"
    result = run(python, "-m", "pytest", *options, tests, cwd=project, PYTHONDONTWRITEBYTECODE="1")
    assert result.returncode == 0, result.stdout + result.stderr
