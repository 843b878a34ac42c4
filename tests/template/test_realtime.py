"""The pages on real time: typed into a new project as they stand, then tried on Gunicorn."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

import pytest
from guides import PLACE, blocks, type_in, write
from quality import environment_with_serving_tests
from rendering import TEMPLATE, render, run

CHECKS = (
    "ruff check --exclude tests/serving --exclude tests/realtime .",
    "ruff format --check --exclude tests/serving --exclude tests/realtime .",
    "djlint --lint --quiet .",
    "mypy config my_project",
    "python manage.py check --fail-level WARNING",
    "pytest --quiet -p no:cacheprovider --ignore tests/serving --ignore tests/realtime",
)


class Page(NamedTuple):
    """A page of the documentation, what it adds to a project, and what proves it."""

    name: str
    packages: tuple[str, ...]
    proofs: tuple[str, ...]


PAGES = (
    Page("realtime.md", (), ("test_chat.py", "test_notifications.py")),
    Page("recipes/channels.md", ("channels>=4.3", "channels-redis>=4.3"), ("test_chat.py",)),
)


@pytest.fixture(scope="module", params=PAGES, ids=lambda page: Path(page.name).stem)
def typed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Page, Path, Path]:
    """Return a page, a project in which it was typed, and an interpreter for that."""
    page: Page = request.param
    project = render(tmp_path_factory.mktemp("realtime"))
    for _, text in blocks(TEMPLATE / "docs" / page.name):
        if PLACE.match(text):
            write(project, text)
    python = environment_with_serving_tests(project, *page.packages)
    shutil.copytree(TEMPLATE / "proofs" / "realtime", project / "tests" / "realtime")
    return page, project, python


@pytest.mark.parametrize("command", CHECKS, ids=lambda command: command.split()[0])
def test_project_stays_green(typed: tuple[Page, Path, Path], command: str) -> None:
    """Lint, types and tests pass."""
    _, project, python = typed
    type_in(project, python, command)


def prove(typed: tuple[Page, Path, Path], *proofs: str) -> None:
    """Run tests of `proofs/realtime` in a project."""
    _, project, python = typed
    tests = [f"tests/realtime/{proof}" for proof in proofs]
    done = run(python, "-m", "pytest", "--quiet", "-p", "no:cacheprovider", *tests, cwd=project)
    assert done.returncode == 0, done.stdout + done.stderr


def test_page_keeps_what_it_promises(typed: tuple[Page, Path, Path]) -> None:
    """On two workers, and with messages from another process."""
    prove(typed, *typed[0].proofs)
