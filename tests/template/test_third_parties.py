"""What others wrote for Django works in a project, and answers as with Django's own handler."""

from __future__ import annotations

import shutil
from pathlib import Path

from quality import environment_with_serving_tests
from rendering import TEMPLATE, render, run

PACKAGES = (
    "django-allauth>=65",
    "django-cors-headers>=4.9",
    "django-htmx>=1.29",
    "django-ninja>=1.7",
    "djangorestframework>=3.18",
)


def test_packages_answer_as_with_djangos_own_handler(tmp_path: Path) -> None:
    """`proofs/third_parties` asks two servers for the same pages."""
    project = render(tmp_path, accounts="none")
    shutil.copytree(TEMPLATE / "proofs" / "third_parties", project / "tests" / "third_parties")
    python = environment_with_serving_tests(project, *PACKAGES)
    tests = ("pytest", "--quiet", "-p", "no:cacheprovider", "tests/third_parties")
    result = run(python, "-m", *tests, cwd=project, PYTHONDONTWRITEBYTECODE="1")
    assert result.returncode == 0, result.stdout + result.stderr
