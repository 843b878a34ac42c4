"""The proof on public settings notices what it is there to notice."""

from __future__ import annotations

import pytest
from rendering import TEMPLATE

from proofs.public_settings.__main__ import Looked, problems, table, unnoticed
from proofs.public_settings.projects import EXPLAINED, PROJECTS

PROJECT = PROJECTS[0]


def test_there_are_twenty_projects_and_more() -> None:
    """Each in a version that anyone can have."""
    assert len({project.package for project in PROJECTS}) == len(PROJECTS) > 20
    assert all(project.version for project in PROJECTS)


@pytest.mark.parametrize(
    ("looked", "said"),
    [
        (Looked(3), ""),
        (Looked(3, findings=(("asgi_serving.W018", "why"),)), ""),
        (Looked(3, findings=(("asgi_serving.E005", "why"),)), "asgi_serving.E005 is not explained"),
        (Looked(3, findings=(("asgi_serving.I005", "why"),)), "asgi_serving.I005 is not explained"),
        (Looked(failure="no module"), "cannot be imported: no module"),
    ],
)
def test_what_is_no_true_warning_is_a_problem(looked: Looked, said: str) -> None:
    """An error, a check that fails, and settings that nobody has looked at."""
    found = list(problems([(PROJECT, looked)]))
    assert [said in problem for problem in found] == ([True] if said else [])


def test_no_error_is_explained_away() -> None:
    """Nor a check that could not look."""
    assert not [name for name in EXPLAINED if ".E" in name or name == "asgi_serving.I005"]


def test_control_must_be_noticed() -> None:
    """Else all checks might be off."""
    assert list(unnoticed(Looked(2, findings=(("asgi_serving.E015", "why"),)))) == []
    assert len(list(unnoticed(Looked(2)))) == 1


def test_table_of_the_documentation_has_all_projects() -> None:
    """Projects that are added are looked at before."""
    rows = (TEMPLATE / "docs" / "public-settings" / "table.md").read_text("utf-8").splitlines()
    named = [row.split("|")[1:3] for row in rows if row.startswith("| ") and "version" not in row]
    assert [(name.strip(), version.strip()) for name, version in named] == [
        (project.package, project.version) for project in PROJECTS
    ]
    assert table([(PROJECT, Looked(3))]).splitlines()[2].startswith(f"| {PROJECT.package} |")
