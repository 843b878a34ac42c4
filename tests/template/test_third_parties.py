"""What others wrote for Django works in a project, and answers as with Django's own handler."""

from __future__ import annotations

from pathlib import Path

import pytest
from proving import prove
from quality import environment_with_serving_tests
from rendering import render

PACKAGES = (
    "django-allauth>=65",
    "django-cors-headers>=4.9",
    "django-htmx>=1.29",
    "django-ninja>=1.7",
    "djangorestframework>=3.18",
)


@pytest.mark.night
def test_packages_answer_as_with_djangos_own_handler(tmp_path: Path) -> None:
    """`proofs/third_parties` asks two servers for the same pages."""
    project = render(tmp_path, accounts="none")
    prove(project, environment_with_serving_tests(project, *PACKAGES), "third_parties")
