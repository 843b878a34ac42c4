"""Pages that add something to a project: typed into a new one as they stand, then tried on Gunicorn."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import NamedTuple

import pytest
from guides import packages_added, type_guide, type_in
from quality import environment_with_serving_tests
from rendering import TEMPLATE, render, run
from vectors import postgresql_with_vectors

pytestmark = pytest.mark.night

PROOFS = ("browser", "realtime", "recipes")
"""Folders of `proofs` that lie in a project while a page is tried."""

EXCLUDED = " ".join(f"--extend-exclude tests/{folder}" for folder in ("serving", *PROOFS))
IGNORED = EXCLUDED.replace("--extend-exclude", "--ignore")
CHECKS = (
    f"ruff check {EXCLUDED} .",
    f"ruff format --check {EXCLUDED} .",
    "djlint --lint --quiet my_project",
    "mypy config my_project",
    "python manage.py check --fail-level WARNING",
    f"pytest --quiet -p no:cacheprovider {IGNORED}",
)


class Page(NamedTuple):
    """A page of the documentation, and what proves it."""

    name: str
    proofs: tuple[str, ...]
    program: str = ""
    """What it needs on the machine."""

    service: Callable[[], AbstractContextManager[dict[str, str]]] | None = None
    """What its proof needs in a container; it gives variables of the environment."""


PAGES = (
    Page(
        "realtime.md",
        ("realtime/test_chat.py", "realtime/test_chat_page.py", "realtime/test_notifications.py"),
    ),
    Page("recipes/channels.md", ("realtime/test_chat.py",)),
    Page("recipes/htmx.md", ("recipes/test_htmx.py",)),
    Page("recipes/languages.md", ("recipes/test_languages.py",), program="msgfmt"),
    Page("recipes/social-login.md", ("recipes/test_social_login.py",)),
    Page("recipes/unfold.md", ("recipes/test_unfold.py",)),
    Page("recipes/pgvector.md", ("recipes/test_pgvector.py",), service=postgresql_with_vectors),
    Page("recipes/vite.md", ("recipes/test_vite.py",), program="npm"),
)


def tried(page: Page) -> object:
    """Return a page as a parameter of tests, which need Docker where it has a service."""
    marks = [pytest.mark.compose] if page.service else []
    return pytest.param(page, id=Path(page.name).stem, marks=marks)


@pytest.fixture(scope="module", params=map(tried, PAGES))
def typed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Page, Path, Path]:
    """Return a page, a project in which it was typed, and an interpreter for that."""
    page: Page = request.param
    if page.program and not shutil.which(page.program):
        pytest.skip(f"needs {page.program}")
    guide = TEMPLATE / "docs" / page.name
    project = render(tmp_path_factory.mktemp("recipe"))
    python = environment_with_serving_tests(project, *packages_added(guide))
    type_guide(guide, project, python)
    for folder in PROOFS:
        shutil.copytree(TEMPLATE / "proofs" / folder, project / "tests" / folder)
    return page, project, python


def test_project_stays_green(typed: tuple[Page, Path, Path]) -> None:
    """Lint, types and tests pass."""
    _, project, python = typed
    for command in CHECKS:
        type_in(project, python, command)


def test_page_keeps_what_it_promises(typed: tuple[Page, Path, Path]) -> None:
    """On real servers, and in a real browser where there is one."""
    page, project, python = typed
    tests = [f"tests/{proof}" for proof in page.proofs]
    command = ("-m", "pytest", "--quiet", "-p", "no:cacheprovider", *tests)
    with page.service() if page.service else nullcontext({}) as variables:
        done = run(python, *command, cwd=project, **variables)
    assert done.returncode == 0, done.stdout + done.stderr
