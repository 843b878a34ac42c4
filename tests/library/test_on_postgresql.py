"""What the library does on PostgreSQL alone, which its own tests leave out on SQLite."""

from __future__ import annotations

from pathlib import Path

import pytest
from quality import environment_with_serving_tests
from rendering import TEMPLATE, render, run

from proofs.postgresql import postgresql

pytestmark = pytest.mark.compose

TESTS = TEMPLATE / "tests" / "serving"
CONDITION = "connection.vendor"
"""In the files of tests of which SQLite skips some."""


def test_what_sqlite_leaves_out_holds(tmp_path: Path) -> None:
    """None of these tests is skipped here."""
    asking = [path for path in sorted(TESTS.rglob("test_*.py")) if CONDITION in path.read_text()]
    assert len(asking) > 1
    project = render(tmp_path)
    python = environment_with_serving_tests(project)
    files = [path.relative_to(TEMPLATE).as_posix() for path in asking]
    with postgresql() as url:
        done = run(
            python, "-m", "pytest", "--quiet", "-p", "no:cacheprovider", "-rs", *files,
            cwd=project, DATABASE_URL=url,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "only PostgreSQL" not in done.stdout
