"""The proof on public projects notices what it is there to notice."""

from __future__ import annotations

import pytest
from rendering import TEMPLATE

from proofs.public_projects.__main__ import Compared, table, worse
from proofs.public_projects.measurement import Measured
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
        (SERVED, ("4", "failed"), "of its tests, 4 and then failed"),
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


def test_table_of_the_documentation_has_all_projects() -> None:
    """Projects that are added are served before."""
    rows = (TEMPLATE / "docs" / "public-projects" / "table.md").read_text("utf-8").splitlines()
    named = [row.split("|")[1].strip() for row in rows[2:]]
    assert named == [project.name for project in PROJECTS]
    row = table([Compared(PROJECT, 1, SERVED, SERVED, ("none", "none"))]).splitlines()[2]
    assert row.startswith(f"| {PROJECT.name} | `{PROJECT.page}` | 200 | 1 | none |")
