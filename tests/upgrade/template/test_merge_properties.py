"""Whatever a team has done to its files: what it did is there afterwards, and what is new as well."""

from __future__ import annotations

import string
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.version import Version

from asgi_upgrade.template.record import read_record
from asgi_upgrade.template.source import Revision, Template
from asgi_upgrade.template.trees import Entry, Store, Tree
from asgi_upgrade.template.update import Update, prepare
from upgrade.template.mini_template import PYPROJECT, MiniTemplate
from upgrade.template.sides import project_files, rendered

LINES = 12
NAMES = [f"{folder}file_{number}.txt" for folder in ("", "a/", "a/b/") for number in range(4)]
OLD = {name: "".join(f"{name} {line}\n" for line in range(LINES)) for name in NAMES}
NEW: dict[str, str | None] = {
    **{
        name: text.replace(f"{name} {LINES - 1}\n", f"{name} of the template\n")
        for name, text in OLD.items()
        if name.endswith(("0.txt", "1.txt"))
    },
    NAMES[2]: None,
    "a/new.txt": "new\n",
    "c/new.txt": "new\n",
}
"""Half of the files get another last line, one goes, two come; the others are as before."""


class Case:
    """Both versions, rendered once, and a place to merge in."""

    def __init__(self, folder: Path) -> None:
        """Make all that does not depend on a team."""
        template = MiniTemplate(folder / "template")
        files = {**OLD, "pyproject.toml": PYPROJECT, "app.py": None, "docs/guide.md": None}
        older = template.release("0.2.0", files)
        newer = template.release("0.3.0", NEW)
        self.project = template.project(folder / "made", checkout=older)
        clone = Template(str(template.folder), folder / "clone")
        revisions = [
            Revision(commit, Version(version), "2026-11-22")
            for commit, version in ((older, "0.2.0"), (newer, "0.3.0"))
        ]
        self.sides = rendered(clone, revisions, folder / "sides", {})
        self.store = Store(folder / "store.git", self.project)
        self.before = project_files(self.store, self.project)
        self.record = read_record((self.project / "pyproject.toml").read_text(), "", "")

    def merged(self, ours: Tree) -> Update:
        """Return the update of a project with these files."""
        old, new = self.sides
        return prepare(self.store, ours, old, new, self.record)

    def texts(self, tree: Mapping[str, Entry]) -> dict[str, bytes]:
        """Return the contents of a tree."""
        contents = self.store.read([entry.object for entry in tree.values()])
        return {path: contents[entry.object] for path, entry in tree.items()}


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Return both versions and a project."""
    return Case(tmp_path_factory.mktemp("properties"))


EDITS = st.dictionaries(
    st.sampled_from(NAMES),
    st.one_of(
        st.tuples(
            st.just("line"),
            st.integers(0, LINES - 3),
            st.text(string.ascii_letters + " éß日🦄", min_size=1),
        ),
        st.tuples(st.just("insert"), st.integers(0, LINES - 3), st.integers(1, 40)),
        st.tuples(st.just("move"), st.sampled_from(["moved/", "a/b/c/", "z"]), st.just(0)),
        st.tuples(st.just("delete"), st.just(0), st.just(0)),
        st.tuples(st.just("mode"), st.just(0), st.just(0)),
        st.tuples(st.just("windows"), st.just(0), st.just(0)),
        st.tuples(st.just("windows and line"), st.integers(0, LINES - 3), st.just("ours")),
    ),
    max_size=8,
)


def edit(lines: list[str], edited: tuple[str, int | str, int | str]) -> list[str]:
    """Return a file's lines after an edit that leaves its last two lines alone."""
    kind, where, what = edited
    if kind in {"line", "windows and line"}:
        return [f"{what}\n" if number == where else line for number, line in enumerate(lines)]
    if kind == "insert":
        added = [f"added {number}\n" for number in range(int(what))]
        return [*lines[: int(where)], *added, *lines[int(where) :]]
    return lines


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(edits=EDITS, own=st.dictionaries(st.sampled_from(["mine.txt", "a/mine.txt"]), st.binary()))
def test_edits_and_news_are_both_there(
    case: Case, edits: dict[str, tuple[str, int | str, int | str]], own: dict[str, bytes]
) -> None:
    """Each file is what the edit makes of the new version; where the template removed it, told."""
    ours = dict(case.before)
    written: dict[str, tuple[str, bytes]] = {}
    expected: dict[str, tuple[str, bytes]] = {}
    conflicts = set()
    for name, text in OLD.items():
        mode, where = "100644", name
        new = NEW.get(name, text)
        edited = edits.get(name, ("none", 0, 0))
        kind = edited[0]
        mine = "".join(edit(text.splitlines(keepends=True), edited)).encode()
        after = (
            None if new is None else "".join(edit(new.splitlines(keepends=True), edited)).encode()
        )
        if kind.startswith("windows"):
            mine = mine.replace(b"\n", b"\r\n")
            after = after and after.replace(b"\n", b"\r\n")
        if kind == "mode":
            mode = "100755"
        if kind == "move":
            where = f"{edited[1]}{name.replace('/', '_')}"
        del ours[name]
        if kind != "delete":
            written[where] = (mode, mine)
            if after is not None:
                expected[where] = (mode, after)
            elif (
                kind in {"line", "insert", "windows and line"} and mine != text.encode()
            ) or kind == "mode":
                conflicts.add(where)
                expected[where] = (mode, mine)
    for name, content in own.items():
        written[name] = expected[name] = ("100644", content)
    for name in ("a/new.txt", "c/new.txt"):
        expected[name] = ("100644", b"new\n")
    objects = case.store.write(content for _, content in written.values())
    ours |= {
        name: Entry(mode, kept)
        for (name, (mode, _)), kept in zip(written.items(), objects, strict=True)
    }

    update = case.merged(ours)

    found = {
        path: (update.after[path].mode, content)
        for path, content in case.texts(update.after).items()
        if path not in {"pyproject.toml", "LICENSE", "deploy/start"}
    }
    assert set(update.conflicts) == conflicts
    assert found == expected
    assert case.merged(update.after).is_nothing or conflicts


def test_what_the_edits_are_tried_on(case: Case) -> None:
    """Without any, the update is the new render."""
    update = case.merged(case.before)
    fresh = case.store.write_folder(case.sides[1].render.folder, {})
    del fresh[".env"]
    assert {p for p in fresh if fresh[p] != update.after.get(p)} == {"pyproject.toml"}
    assert update.after.keys() == fresh.keys()
