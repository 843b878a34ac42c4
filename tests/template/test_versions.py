"""The template has one version, in all places that name it."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

from rendering import TEMPLATE, render

DECLARED = tomllib.loads((TEMPLATE / "pyproject.toml").read_text("utf-8"))["project"]["version"]


def test_the_questions_and_the_changelog_have_the_version() -> None:
    """The newest heading that has a number is the version, and each has a day."""
    assert json.loads((TEMPLATE / "cookiecutter.json").read_text("utf-8"))["_version"] == DECLARED
    changelog = (TEMPLATE / "CHANGELOG.md").read_text("utf-8")
    versions = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$", changelog, re.MULTILINE)
    assert versions[0] == DECLARED
    assert versions[-1] == "0.1.0"
    by_number = sorted(versions, key=lambda text: [int(part) for part in text.split(".")])
    assert versions == by_number[::-1]
    assert changelog.count("\n## [") == len(versions) + 1  # what is not released yet


def test_a_project_records_the_version_and_the_year(tmp_path: Path) -> None:
    """With them, its render can be repeated."""
    project = render(tmp_path)
    record = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))["tool"]
    table = record["cookiecutter-django-asgi"]
    assert table["version"] == DECLARED
    assert f" {table['year']} " in (project / "LICENSE").read_text("utf-8")
