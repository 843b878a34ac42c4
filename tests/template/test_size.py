"""A project is small: what its team must read, and what they wait for."""

from __future__ import annotations

import re
from pathlib import Path

from rendering import PROJECT_FOLDER, TEMPLATE

LIBRARY = "asgi_serving"
MOST_LINES = 1000
"""Of Python outside of the library and of migrations, tests included."""

MOST_BRANCHES = 60
"""Jinja's `if` in all files that are rendered; the leader's template has 361."""


def test_project_has_few_lines_of_its_own(project: Path) -> None:
    """Blank lines and comments count as well."""
    files = [
        path
        for path in project.rglob("*.py")
        if LIBRARY not in path.parts and "migrations" not in path.parts
    ]
    lines = sum(path.read_text("utf-8").count("\n") for path in files)
    assert len(files) > 20
    assert lines <= MOST_LINES


def test_tools_leave_the_library_alone(project: Path) -> None:
    """Each by its own setting."""
    pyproject = (project / "pyproject.toml").read_text("utf-8")
    assert f'extend-exclude = ["{LIBRARY}", ' in pyproject  # Ruff
    assert f'module = "{LIBRARY}.*"\nfollow_imports = "silent"' in pyproject  # mypy
    assert f'extend_exclude = "{LIBRARY},' in pyproject  # djLint
    assert f'omit = ["{LIBRARY}/*"]' in pyproject  # coverage
    assert f"{LIBRARY}/** linguist-vendored" in (project / ".gitattributes").read_text("utf-8")
    assert f"exclude: ^{LIBRARY}/" in (project / ".pre-commit-config.yaml").read_text("utf-8")


def test_template_has_few_branches() -> None:
    """Files with a conditional name are better; pages are copied as they are, or have Django's tags."""
    branches = 0
    for path in (TEMPLATE / PROJECT_FOLDER).rglob("*"):
        inner = path.relative_to(TEMPLATE / PROJECT_FOLDER)
        if path.is_file() and inner.parts[0] != LIBRARY and ".html" not in path.name:
            text = path.read_text("utf-8", errors="ignore")
            branches += len(re.findall(r"\{%-? (?:el)?if ", text))
    assert 0 < branches < MOST_BRANCHES
