"""An updated project is what the newer template makes, with the team's edits, for every row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from allpairspy import AllPairs
from packaging.version import Version
from rendering import QUESTIONS

from asgi_upgrade.template.record import read_record
from asgi_upgrade.template.source import Template
from asgi_upgrade.template.trees import Entry, Store, Tree
from asgi_upgrade.template.update import Side, Update, prepare
from upgrade.template.history import FIRST, working_copy
from upgrade.template.sides import project_files, rendered

CHOICES = {name: choices for name, choices in QUESTIONS.items() if isinstance(choices, list)} | {
    "accounts": ["none"]  # what a project has that was made before it was asked
}
ROWS = [
    {
        "project_name": 'It\'s {{ braces }} & "quotes"',
        "project_slug": "shop",
        **dict(zip(CHOICES, row, strict=True)),
    }
    for row in AllPairs(list(CHOICES.values()))
]
"""Every pair of answers to questions with choices; a version is asked what it knows."""


class Versions:
    """The versions of the template, and one place to render and merge them in."""

    def __init__(self, folder: Path) -> None:
        """Clone the template."""
        self.folder = folder
        newest = working_copy(folder / "template")
        self.template = Template(str(folder / "template"), folder / "clone")
        self.revisions = [self.template.named(FIRST), self.template.named(newest)]
        self.store = Store(folder / "store.git", folder / "template")

    def sides(self, folder: Path, answers: Mapping[str, str]) -> list[Side]:
        """Return the project of each version."""
        return rendered(self.template, self.revisions, folder, answers)

    def project(self, side: Side) -> Tree:
        """Return what a team commits of a new project."""
        return project_files(self.store, side.render.folder, side.modes)

    def update(self, ours: Tree, old: Side, new: Side) -> Update:
        """Update a project from one version to the other."""
        names = ("pyproject.toml", "LICENSE")
        texts = [self.text(ours, name) for name in names]
        return prepare(self.store, ours, old, new, read_record(texts[0], "", texts[1]))

    def text(self, tree: Tree, path: str) -> str:
        """Return a file of a tree."""
        return self.store.content(tree[path]).decode()


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Versions:
    """Return the template with its versions."""
    return Versions(tmp_path_factory.mktemp("versions"))


Edit = Callable[[Versions, Tree], None]


def after(path: str, anchor: str, added: str) -> Edit:
    """Return an edit that adds lines below a line that all versions have."""

    def edit(versions: Versions, tree: Tree) -> None:
        text = versions.text(tree, path)
        assert text.count(anchor) == 1, (path, anchor)
        changed = text.replace(anchor, f"{anchor}{added}")
        versions.store.change(tree, {path: changed.encode()})

    return edit


def append(path: str, added: str) -> Edit:
    """Return an edit that adds lines at the end of a file."""

    def edit(versions: Versions, tree: Tree) -> None:
        versions.store.change(tree, {path: (versions.text(tree, path) + added).encode()})

    return edit


def own(path: str, text: str) -> Edit:
    """Return an edit that adds a file."""

    def edit(versions: Versions, tree: Tree) -> None:
        tree[path] = Entry("100755", versions.store.write([text.encode()])[0])

    return edit


def delete(path: str) -> Edit:
    """Return an edit that removes a file."""

    def edit(_: Versions, tree: Tree) -> None:
        del tree[path]

    return edit


def move(old: str, new: str) -> Edit:
    """Return an edit that moves a file."""

    def edit(_: Versions, tree: Tree) -> None:
        tree[new] = tree.pop(old)

    return edit


EDITS: list[Edit] = [
    after("config/settings/base.py", '    "shop.home",\n', '    "shop.blog",\n'),
    after("config/settings/base.py", 'LANGUAGE_CODE = "en"\n', "BLOG_PAGES = 10\n"),
    after("config/urls.py", 'include("shop.home.urls")),\n', '    path("b/", blog),\n'),
    after(
        "config/variables.py", '"Path of the admin, without a leading slash."),\n', "    OURS,\n"
    ),
    append("shop/static/css/site.css", "\n.blog { color: red }\n"),
    append("shop/templates/base.html", "<!-- ours -->\n"),
    after("shop/users/models.py", "class User(AbstractUser):\n", '    nick = "ours"\n'),
    own("shop/blog/__init__.py", ""),
    own("shop/blog/migrations/0001_initial.py", "first = 1\n"),
    own("scripts/backup", "#!/bin/sh\n"),
    delete("docs/security.md"),
    move("shop/static/img/icon.svg", "shop/static/img/logo.svg"),
    move(".editorconfig", "tools/editorconfig"),
]


@pytest.mark.parametrize("answers", ROWS, ids=lambda row: "-".join(list(row.values())[2:]))
def test_an_updated_project_is_the_new_one(
    versions: Versions, tmp_path: Path, answers: dict[str, str]
) -> None:
    """Without edits, and with those of a team; the second update has nothing to do."""
    old, new = versions.sides(tmp_path / "work", answers)
    fresh = versions.project(new)
    for edits in ([], EDITS):
        ours, expected = versions.project(old), dict(fresh)
        for edit in edits:
            edit(versions, ours)
            edit(versions, expected)
        update = versions.update(ours, old, new)
        assert update.conflicts == {}
        different = {
            path
            for path in update.after.keys() | expected.keys()
            if update.after.get(path) != expected.get(path)
        }
        assert different == {"pyproject.toml"}
        record = versions.text(update.after, "pyproject.toml")
        assert (
            record.partition("[tool.cookiecutter-django-asgi]")[0]
            == (
                versions.text(fresh, "pyproject.toml").partition("[tool.cookiecutter-django-asgi]")[
                    0
                ]
            )
        )
        assert f'version = "{new.revision.version}"' in record
        assert f'revision = "{new.revision.commit}"' in record
        again = versions.update(update.after, new, new)
        assert again.is_nothing


@pytest.mark.parametrize("answers", ROWS[:1])
def test_rows_are_rendered_as_they_were_answered(
    versions: Versions, tmp_path: Path, answers: dict[str, str]
) -> None:
    """What looks like Jinja in an answer is text, in both versions."""
    for side in versions.sides(tmp_path / "work", answers):
        assert side.render.answers["project_name"] == answers["project_name"]
    assert versions.revisions[0].version == Version("0.1.0")
