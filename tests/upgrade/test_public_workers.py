"""The proof on public projects notices what it is there to notice."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from rendering import commit

from proofs.public_workers.__main__ import TABLE
from proofs.public_workers.comparison import compare
from proofs.public_workers.verdicts import NEW, PERSON, STAYS, Judged, Line, digest, judged
from proofs.repositories import AbsentError, tree_of
from upgrade.project import OLD, write

COMMAND = f"gunicorn -k {OLD} app"
FILES = {
    "start.sh": f"{COMMAND}\n",
    "CHANGELOG.md": f"{OLD}\n",
    "requirements.txt": "gunicorn\nuvicorn\n",
}
LINES = (
    Line("start.sh", 1, NEW, digest(COMMAND.encode())),
    Line("CHANGELOG.md", 1, STAYS, digest(OLD.encode())),
)
PROJECT = Judged("own/shop", "0" * 40, LINES, {"requirements.txt": ""})


def test_more_than_sixty_projects_are_judged() -> None:
    """Each once, at a commit that anyone can have, and with lines of its own; no code is among them."""
    projects = judged()
    assert len({each.repository for each in projects}) == len(projects) > 60
    for project in projects:
        assert re.fullmatch(r"[0-9a-f]{40}", project.commit)
        assert project.lines
        assert all(re.fullmatch(r"[0-9a-f]{12}", line.digest) for line in project.lines)
        assert {line.verdict for line in project.lines} <= {NEW, STAYS, PERSON}


def test_table_has_the_figures_of_what_is_judged() -> None:
    """It was written after the last verdict, and no name was wrong."""
    rows = dict(re.findall(r"^\| (.+?) \| (\d+) \|$", TABLE.read_text("utf-8"), re.MULTILINE))
    verdicts = Counter(line.verdict for each in judged() for line in each.lines)
    assert int(rows["projects"]) == len(judged())
    assert int(rows["lines that name the module"]) == verdicts.total()
    assert int(rows["of them to be renamed"]) == verdicts[NEW]
    assert int(rows["left to a person"]) == verdicts[PERSON]
    assert rows["renamed"] == str(
        verdicts[NEW] - int(rows["missed names"]) + int(rows["wrong names"])
    )


def test_project_without_a_mistake(tmp_path: Path) -> None:
    """All is as it was judged."""
    write(tmp_path, FILES)
    figures, problems = compare(PROJECT, tmp_path)
    assert problems == []
    assert (figures["renamed"], figures["dependencies"], figures["resolved"]) == (1, 1, 1)


@pytest.mark.parametrize(
    ("project", "said"),
    [
        (
            PROJECT._replace(lines=(LINES[0]._replace(verdict=STAYS),)),
            "start.sh:1 has the new name",
        ),
        (
            PROJECT._replace(lines=(LINES[1]._replace(verdict=NEW),)),
            "CHANGELOG.md:1 has the old name",
        ),
        (PROJECT._replace(lines=(LINES[0]._replace(digest="0"),)), "start.sh:1 is another line"),
        (PROJECT._replace(dependencies={}), "requirements.txt declares '', and must None"),
        (PROJECT._replace(dependencies={"requirements.txt": "==0.4.0"}), "declares ''"),
        (PROJECT._replace(dependencies={**PROJECT.dependencies, "a.in": ""}), "a.in declares None"),
    ],
)
def test_mistake_is_noticed(tmp_path: Path, project: Judged, said: str) -> None:
    """Of a name, and of a dependency."""
    write(tmp_path, FILES)
    [problem] = compare(project, tmp_path).problems
    assert said in problem


def test_versions_that_do_not_resolve_are_noticed(tmp_path: Path) -> None:
    """Such as a uvicorn that there never was."""
    write(tmp_path, {**FILES, "requirements.txt": "gunicorn\nuvicorn==0.27.99\n"})
    project = PROJECT._replace(dependencies={"requirements.txt": "==0.3.0"})
    [problem] = compare(project, tmp_path).problems
    assert "uvicorn==0.27.99" in problem
    assert "does not resolve" in problem


def test_tree_is_taken_from_a_clone(tmp_path: Path) -> None:
    """As it was at a commit, without what is no file."""
    clone = tmp_path / "clones" / "own+shop"
    write(clone, {**FILES, "a b/{{x}}.sh": "x\n"})
    (clone / "link").symlink_to("start.sh")
    revision = commit(clone)
    write(clone, {"start.sh": "later\n"})
    tree_of("own/shop", revision, tmp_path / "clones", tmp_path / "tree")
    found = {str(path.relative_to(tmp_path / "tree")) for path in (tmp_path / "tree").rglob("*.*")}
    assert found == {"start.sh", "CHANGELOG.md", "requirements.txt", "a b/{{x}}.sh"}
    assert (tmp_path / "tree" / "start.sh").read_text() == FILES["start.sh"]
    tree_of("own/shop", revision, tmp_path / "clones", tmp_path / "small", largest=2)
    assert [path.name for path in (tmp_path / "small").rglob("*.*")] == ["{{x}}.sh"]
    with pytest.raises(AbsentError):
        tree_of("own/other", revision, tmp_path / "clones", tmp_path / "other")
