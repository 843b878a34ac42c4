"""A project reports to Sentry and to a collector of OpenTelemetry when a variable says so."""

from __future__ import annotations

import shutil
from pathlib import Path

from quality import environment_with_extras
from rendering import TEMPLATE, render, run


def test_project_reports_what_happens_on_it(tmp_path: Path) -> None:
    """`proofs/observability` asks real servers, and takes what they report."""
    project = render(tmp_path, accounts="none")
    shutil.copytree(TEMPLATE / "proofs" / "observability", project / "tests" / "observability")
    python = environment_with_extras(project)
    options = ("--quiet", "-p", "no:cacheprovider")
    tests = "tests/observability"
    result = run(python, "-m", "pytest", *options, tests, cwd=project, PYTHONDONTWRITEBYTECODE="1")
    assert result.returncode == 0, result.stdout + result.stderr
