"""The template in miniature, with two versions."""

from __future__ import annotations

from pathlib import Path

import pytest

from upgrade.template.mini_template import FILES, MiniTemplate

NEWER = {
    "app.py": FILES["app.py"].replace("line_25 = 25", "line_25 = 'newer'"),
    "docs/news.md": "# News\n",
}
"""What 0.2.0 changes and adds."""


@pytest.fixture
def template(tmp_path: Path) -> MiniTemplate:
    """Return a template with version 0.1.0."""
    return MiniTemplate(tmp_path / "template")


@pytest.fixture
def old_project(template: MiniTemplate, tmp_path: Path) -> Path:
    """Return a project of 0.1.0, whose template has 0.2.0 as well."""
    project = template.project(tmp_path / "made")
    template.release("0.2.0", NEWER)
    return project
