"""Many small updates come to the same as one large one."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from asgi_upgrade.template.record import read_record
from asgi_upgrade.template.source import Template
from asgi_upgrade.template.trees import Entry, Store, Tree
from asgi_upgrade.template.update import Side, Update, prepare
from upgrade.template.mini_template import FILES, MiniTemplate, committed
from upgrade.template.sides import project_files, rendered

NAMES = [f"0.{number}.0" for number in range(2, 22)]


def release_all(template: MiniTemplate) -> None:
    """Release twenty versions: each changes a line, adds a file, and each third removes one."""
    text = FILES["app.py"]
    for number, name in enumerate(NAMES):
        line = number + 2
        text = text.replace(f"line_{line} = {line}\n", f"line_{line} = '{name}'\n")
        files: dict[str, str | None] = {
            "app.py": text,
            f"docs/{name}.md": f"# {name}\n",
            "deploy/start": f"#!/bin/sh\nexec serve --{name}\n",
        }
        if number % 3 == 2:
            files[f"docs/{NAMES[number - 1]}.md"] = None
        template.release(name, files)


def test_twenty_updates_equal_one(template: MiniTemplate, tmp_path: Path) -> None:
    """With the same edits of a team before all of them."""
    release_all(template)
    clone = Template(str(template.folder), tmp_path / "clone")
    revisions = [clone.named(name) for name in ("0.1.0", *NAMES)]
    sides = rendered(clone, revisions, tmp_path / "sides", {})
    store = Store(tmp_path / "store.git", committed(sides[0].render.folder))
    edited = team_edits(store, project_files(store, sides[0].render.folder))

    def text(tree: Tree, path: str) -> str:
        return store.content(tree[path]).decode()

    def update(ours: Tree, old: Side, new: Side) -> Update:
        recorded = read_record(text(ours, "pyproject.toml"), "", text(ours, "LICENSE"))
        return prepare(store, ours, old, new, recorded)

    by_steps = edited
    for old, new in pairwise(sides):
        step = update(by_steps, old, new)
        assert step.conflicts == {}
        by_steps = step.after
    at_once = update(edited, sides[0], sides[-1])
    assert at_once.conflicts == {}
    assert at_once.after == by_steps
    assert "line_21 = '0.21.0'" in text(by_steps, "app.py")
    assert text(by_steps, "app.py").startswith("import ours\n")
    assert "manual/0.21.0.md" in by_steps
    assert "manual/0.3.0.md" not in by_steps
    assert "deploy/start" not in by_steps


def team_edits(store: Store, tree: Tree) -> Tree:
    """Return a project whose team has changed, moved and removed files."""
    edited = {path.replace("docs/", "manual/"): entry for path, entry in tree.items()}
    del edited["deploy/start"]
    changed = b"import ours\n" + store.content(edited["app.py"]).replace(b"line_29 = 29\n", b"")
    edited["app.py"] = Entry("100644", store.write([changed])[0])
    return edited
