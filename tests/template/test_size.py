"""A project is small: what its team must read, and what they wait for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from rendering import PROJECT_FOLDER, QUESTIONS, TEMPLATE, render

LIBRARY = "asgi_serving"
MOST_LINES = 1000
"""Of Python outside of the library and of migrations, tests included, without options."""

OFF: dict[str, Any] = {"accounts": "none", "api": "none", "tasks": "none"}
"""The answers that leave every option off."""

OPTIONS = {
    ("accounts", "allauth"): 630,
    ("api", "ninja"): 990, ("api", "drf"): 1110,
    ("tasks", "database"): 210, ("tasks", "celery"): 560,
}  # fmt: skip
"""How many lines more an option may bring."""

MOST_BRANCHES = 60
"""Jinja's `if` in all files that are rendered; the leader's template has 361."""


def own_lines(project: Path) -> int:
    """Count the lines; blank ones and comments as well."""
    files = [
        path
        for path in project.rglob("*.py")
        if LIBRARY not in path.parts and "migrations" not in path.parts
    ]
    assert len(files) > 20
    return sum(path.read_text("utf-8").count("\n") for path in files)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project without options."""
    return render(tmp_path_factory.mktemp("bare"), **OFF)


def test_project_has_few_lines_of_its_own(bare: Path) -> None:
    """What a team must read on the first day."""
    assert own_lines(bare) <= MOST_LINES


@pytest.mark.parametrize(("question", "answer"), OPTIONS)
def test_option_has_few_lines(bare: Path, tmp_path: Path, question: str, answer: str) -> None:
    """And it has some: what is compared is not the same."""
    with_it = render(tmp_path, **(OFF | {question: answer}))
    assert 0 < own_lines(with_it) - own_lines(bare) <= OPTIONS[question, answer]


def test_every_option_has_its_lines() -> None:
    """Each choice of a question that may be left off."""
    assert OPTIONS.keys() == {
        (question, choice)
        for question in OFF
        for choice in QUESTIONS[question]
        if choice != OFF[question]
    }


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
