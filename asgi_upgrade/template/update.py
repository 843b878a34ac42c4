"""An update: both versions rendered, and merged with the project; nothing is written here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from asgi_upgrade.template import library, line_endings, record
from asgi_upgrade.template.codemods import CODEMODS
from asgi_upgrade.template.codemods.codemod import Files
from asgi_upgrade.template.merge import Merge, Stage, merge
from asgi_upgrade.template.rendering import Render
from asgi_upgrade.template.source import Revision
from asgi_upgrade.template.trees import Store, Tree

NEVER = {".env", "uv.lock"}
NEVER_BELOW = ("secrets/",)
"""What a render may make and a project has for itself."""

MIGRATION = re.compile(r"(?:^|/)migrations/\d{4}_\w+\.py$")


@dataclass(frozen=True)
class Update:
    """What an update would do to the files of a project.

    before, after: the project's files now, and then. kept: files that are left alone although the
    template has changed them, each with the reason. told: lines for a person.
    """

    before: Tree
    after: Tree
    stages: tuple[Stage, ...]
    conflicts: Mapping[str, str]
    merged: tuple[str, ...]
    kept: Mapping[str, str]
    told: tuple[str, ...]

    @property
    def added(self) -> list[str]:
        """The files that are new."""
        return sorted(self.after.keys() - self.before.keys())

    @property
    def removed(self) -> list[str]:
        """The files that are there no more."""
        return sorted(self.before.keys() - self.after.keys())

    @property
    def changed(self) -> list[str]:
        """The files that have another content, in conflict or not."""
        both = self.before.keys() & self.after.keys()
        return sorted(path for path in both if self.before[path] != self.after[path])

    @property
    def is_nothing(self) -> bool:
        """Whether the project is as the newer template wants it."""
        return self.before == self.after and not self.stages


@dataclass(frozen=True)
class Side:
    """A version of the template as it makes the project; modes: those of its files."""

    revision: Revision
    render: Render
    modes: Mapping[str, str]


def prepare(store: Store, before: Tree, old: Side, new: Side, recorded: record.Record) -> Update:
    """Merge. before: the project's files. recorded: what the project shall record, but for the new."""
    base, theirs = (store.write_folder(side.render.folder, side.modes) for side in (old, new))
    for tree in (base, theirs):
        for path in [p for p in tree if p in NEVER or p.startswith(NEVER_BELOW)]:
            del tree[path]
    ours = dict(before)
    windows = line_endings.normalize(store, base, ours, theirs)
    newer = replace(
        recorded, revision=new.revision.commit, version=str(new.revision.version),
        answers=new.render.answers, year=new.render.year,
    )  # fmt: skip
    _carry_record(store, (base, ours, theirs), newer)
    told = _run_codemods(store, base, ours, old.revision, new.revision)
    kept: dict[str, str] = {}
    reason = library.settle(store, base, ours, theirs)
    if reason:
        kept[library.FOLDER] = reason
    _leave_migrations(base, ours, theirs, kept)
    edited = {path for path in ours if path in base and ours[path] != base[path]}
    result = merge(store, base, ours, theirs, f"cookiecutter-django-asgi-{new.revision.version}")
    kept.update(dict.fromkeys(result.kept_deleted, "deleted here, and changed in the template"))
    after, stages = _with_line_endings(store, result, ours, windows)
    told += _still_named(store, before, after)
    told += _clashing_migrations(before, after)
    conflicts = _conflicts(result)
    return Update(
        before=before,
        after=after,
        stages=stages,
        conflicts=conflicts,
        merged=tuple(
            path
            for path in sorted(edited & after.keys() - conflicts.keys())
            if after[path] != before.get(path)
        ),
        kept=kept,
        told=tuple(told),
    )


def _carry_record(store: Store, trees: tuple[Tree, Tree, Tree], newer: record.Record) -> None:
    """Make the record of the newer template the only difference that its merge sees there."""
    base, ours, theirs = trees
    path = record.PYPROJECT
    if path in ours:
        made, kept, new = (store.content(tree[path]).decode() for tree in trees)
        store.change(base, {path: record.replace_region(made, kept).encode()})
        if record.has_region(kept):
            new = record.rewrite(new, newer)
        else:
            new = record.replace_region(new, "")
        store.change(theirs, {path: new.encode()})
    if record.CRUFT in ours:
        base[record.CRUFT] = ours[record.CRUFT]
        text = store.content(ours[record.CRUFT]).decode()
        store.change(theirs, {record.CRUFT: record.rewrite_cruft(text, newer).encode()})


def _run_codemods(
    store: Store, base: Tree, ours: Tree, older: Revision, newer: Revision
) -> list[str]:
    """Change what the template made and what the team has alike; return what is left to a person."""
    told = []
    for codemod in CODEMODS:
        if older.version < codemod.version <= newer.version:
            known = set(codemod.apply(Files(store, base)))
            told += [line for line in codemod.apply(Files(store, ours)) if line not in known]
    return told


def _leave_migrations(base: Tree, ours: Tree, theirs: Tree, kept: dict[str, str]) -> None:
    """Let only such migrations come as the project has never had."""
    for path in sorted(base.keys() | ours.keys()):
        if not MIGRATION.search(path):
            continue
        changed = path in theirs and theirs[path] != base.get(path)
        if changed and ours.get(path) != theirs[path]:
            kept[path] = "a migration that databases may have had"
        for tree in (base, theirs):
            tree.pop(path, None)
            if path in ours:
                tree[path] = ours[path]


def _with_line_endings(
    store: Store, result: Merge, ours: Tree, windows: set[str]
) -> tuple[Tree, tuple[Stage, ...]]:
    """Return files and sides of conflicts with the ends of lines that the team's files had."""
    if not windows:
        return result.tree, tuple(result.stages)
    named = {p for m in result.messages for p in m.paths if windows.intersection(m.paths)}
    paths = windows | named | _followed(result.tree, ours, windows)
    changed = [path for path in sorted(paths) if path in result.tree]
    entries = line_endings.restore(
        store, [*(result.tree[path] for path in changed), *(side.entry for side in result.stages)]
    )
    after = result.tree | dict(zip(changed, entries, strict=False))
    stages = tuple(
        Stage(side.path, side.number, entry if side.path in paths else side.entry)
        for side, entry in zip(result.stages, entries[len(changed) :], strict=True)
    )
    return after, stages


def _followed(after: Tree, ours: Tree, windows: set[str]) -> set[str]:
    """Return where files have gone whose former place is empty: those of the same name."""
    gone = {path.rpartition("/")[2] for path in windows if path not in after}
    return {path for path in after if path not in ours and path.rpartition("/")[2] in gone}


def _conflicts(result: Merge) -> dict[str, str]:
    """Return the files in conflict, each with its kind in git's words."""
    found = {stage.path: "" for stage in result.stages}
    for message in result.messages:
        if message.kind.startswith("CONFLICT"):
            kind = message.kind.removeprefix("CONFLICT (").removesuffix(")")
            for path in message.paths:
                if path in found and not found[path]:
                    found[path] = kind
    return dict(sorted(found.items()))


def _still_named(store: Store, before: Tree, after: Tree) -> list[str]:
    """Return where Python code names a module that the update removes."""
    gone = {
        path.removesuffix(".py").removesuffix("/__init__").replace("/", "."): path
        for path in before.keys() - after.keys()
        if path.endswith(".py") and not path.startswith(("serving/", library.FOLDER))
    }
    paths = [p for p in after if p.endswith(".py") and after[p].is_file]
    if not gone or not paths:
        return []
    contents = store.read([after[path].object for path in paths])
    names = re.compile(rb"^\s*(?:from|import) ([\w.]+)(?: import \(?([\w, ]+))?", re.MULTILINE)
    found = []
    for path in sorted(paths):
        for match in names.finditer(contents[after[path].object]):
            module = match[1].decode()
            below = [f"{module}.{n.strip()}" for n in (match[2] or b"").decode().split(",")]
            named = next((n for n in (module, *below) if n in gone), None)
            if named:
                line = contents[after[path].object].count(b"\n", 0, match.start(1)) + 1
                found.append(f"{path}:{line}: {named} is imported, and {gone[named]} goes away")
    return found


def _clashing_migrations(before: Tree, after: Tree) -> list[str]:
    """Return the applications with a new migration beside ones of the team."""
    new = {
        str(PurePosixPath(p).parent) for p in after.keys() - before.keys() if MIGRATION.search(p)
    }
    return [
        f"{folder}: a migration of the template stands beside yours: run 'manage.py makemigrations "
        "--merge' if 'manage.py migrate' asks for it"
        for folder in sorted(new)
        if any(str(PurePosixPath(p).parent) == folder and MIGRATION.search(p) for p in before)
    ]
