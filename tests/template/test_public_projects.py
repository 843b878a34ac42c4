"""The proof on public projects notices what it is there to notice."""

from __future__ import annotations

import re
import subprocess

import pytest
from rendering import TEMPLATE

from proofs.public_projects.__main__ import HEADING, row, worse
from proofs.public_projects.comparison import Compared, Refused
from proofs.public_projects.measurement import Measured
from proofs.public_projects.own_tests import passed
from proofs.public_projects.projects import PROJECTS

PROJECT = PROJECTS[0]
SERVED = Measured(200, 90.0, 500, 0, 0.5)


@pytest.mark.parametrize(
    ("after", "tests", "said"),
    [
        (SERVED, ("4", "4"), ""),
        (SERVED._replace(rate=10.0, slowest=9.0), ("none", "none"), ""),
        (SERVED._replace(status=500), ("4", "4"), "200 has become 500"),
        (SERVED._replace(lost=1), ("4", "4"), "1 of 500 were lost"),
        (SERVED, ("4", "3"), "of its tests, 4 and then 3"),
        (SERVED, ("failed", "failed"), "of its tests, failed and then failed"),
    ],
)
def test_what_is_worse_is_a_problem(after: Measured, tests: tuple[str, str], said: str) -> None:
    """But no rate: a machine may be busy."""
    found = worse(Compared(PROJECT, 0, SERVED, after, tests))
    assert [said in problem for problem in found] == ([True] if said else [])


def test_page_must_have_been_served() -> None:
    """Else nothing is compared."""
    broken = SERVED._replace(status=500)
    assert len(worse(Compared(PROJECT, 0, broken, broken, ("none", "none")))) == 1


def test_nothing_is_written_where_that_is_right_and_nowhere_else() -> None:
    """A project that is refused for another reason is a problem."""
    old = PROJECT._replace(refused="python")
    assert worse(Refused(old, "python", "old")) == []
    assert len(worse(Refused(old, "lifespan", "unknown"))) == 1
    assert len(worse(Refused(PROJECT, "python", "old"))) == 1


@pytest.mark.parametrize(
    ("said", "code", "found"),
    [
        ("Ran 12 tests in 0.1s\n\nOK\n", 0, "12"),
        ("Ran 12 tests in 0.1s\n\nOK (skipped=2)\n", 0, "10"),
        ("Ran 12 tests in 0.1s\n\nFAILED (failures=1, errors=2, skipped=2)\n", 1, "7"),
        ("Ran 0 tests in 0.0s\n\nNO TESTS RAN\n", 5, "none"),
        ("....\n12 passed, 1 warning in 0.10s\n", 0, "12"),
        ("=== 1 failed, 12 passed, 2 skipped in 0.10s ===\n", 1, "12"),
        ("Traceback (most recent call last):\n", 1, "failed"),
    ],
)
def test_own_tests_that_pass_are_counted(said: str, code: int, found: str) -> None:
    """Of Django's runner and of pytest; others failed before, too."""
    assert passed(subprocess.CompletedProcess([], code, "", said)) == found


def test_project_comes_from_one_place_that_anybody_has() -> None:
    """A package, or a commit that no branch moves."""
    assert len({project.name for project in PROJECTS}) == len(PROJECTS) >= 15
    for project in PROJECTS:
        repository, commit, _ = project.repository
        assert bool(repository) != bool(project.source[0] or (project.make and not repository))
        assert not repository or re.fullmatch(r"[0-9a-f]{40}", commit)


def test_table_of_the_documentation_has_all_projects() -> None:
    """Projects that are added are served before."""
    table = (TEMPLATE / "docs" / "public-projects" / "table.md").read_text("utf-8")
    assert table.startswith(HEADING)
    rows = table.splitlines()[2:]
    assert [line.split("|")[1].strip() for line in rows] == [project.name for project in PROJECTS]
    assert {line.count(" |") for line in rows} == {HEADING.splitlines()[0].count(" |")}
    served = Compared(PROJECT, 1, SERVED, SERVED, ("none", "none"))
    assert row(served).startswith(f"| {PROJECT.name} | `{PROJECT.page}` | 200 | 1 | none |")
