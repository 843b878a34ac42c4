"""The merge of the project and the newer template: git's own, computed before anything is written."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from asgi_upgrade.template.git import git
from asgi_upgrade.template.trees import Entry, Store, Tree

OURS = "this-project"
DELETED = {"CONFLICT (modify/delete)", "CONFLICT (rename/delete)"}

CONFIGURATION = ("-c", "merge.renames=true", "-c", "merge.directoryRenames=true")
"""A team that has renamed the project's package has what is new in the template there, too."""

BASE, PROJECT = 1, 2
"""Sides of a conflict: what both come from, and the project's; 3 is the template's."""


@dataclass(frozen=True)
class Stage:
    """One side of a file in conflict."""

    path: str
    number: int
    entry: Entry


@dataclass(frozen=True)
class Message:
    """What git says of some paths; kind is one of its own, such as CONFLICT (contents)."""

    paths: tuple[str, ...]
    kind: str


@dataclass
class Merge:
    """The result: files in conflict hold git's marks, and have their sides besides."""

    tree: Tree
    stages: list[Stage]
    messages: list[Message]
    kept_deleted: list[str]


def merge(store: Store, base: Tree, ours: Tree, theirs: Tree, label: str) -> Merge:
    """Merge two trees that come from a third. label: how conflict marks name the template's side."""
    origin = store.commit(base, "The template that the project comes from")
    heads = {
        OURS: store.commit(ours, "Project", origin),
        label: store.commit(theirs, label, origin),
    }
    for name, commit in heads.items():
        git(store.folder, "update-ref", f"refs/heads/{name}", commit)
    command = ("merge-tree", "--write-tree", "-z", "--messages", OURS, label)
    said = git(store.folder, *CONFIGURATION, *command, accepted=(0, 1))
    fields = [os.fsdecode(field) for field in said.split(b"\0")]
    end = fields.index("", 1)
    result = Merge(
        tree=store.read_tree(fields[0]),
        stages=[_stage(field) for field in fields[1:end]],
        messages=_messages(fields[end + 1 :]),
        kept_deleted=[],
    )
    _settle_deletions(result)
    return result


def _stage(field: str) -> Stage:
    facts, _, path = field.partition("\t")
    mode, name, number = facts.split()
    return Stage(path, int(number), Entry(mode, name))


def _messages(fields: Sequence[str]) -> list[Message]:
    found = []
    at = 0
    while at < len(fields) and fields[at]:
        paths = at + 1 + int(fields[at])
        found.append(Message(tuple(fields[at + 1 : paths]), fields[paths]))
        at = paths + 2  # behind the kind stands a sentence
    return found


def _settle_deletions(result: Merge) -> None:
    """Leave deleted what the project has deleted, and delete what it has only moved elsewhere.

    Git calls both a conflict: the template has changed the one, and deleted the other.
    """
    sides: dict[str, dict[int, Entry]] = {}
    for stage in result.stages:
        sides.setdefault(stage.path, {})[stage.number] = stage.entry
    conflicts = [message for message in result.messages if message.kind.startswith("CONFLICT")]
    named = {path for each in conflicts if each.kind in DELETED for path in each.paths}
    others = {path for each in conflicts if each.kind not in DELETED for path in each.paths}
    settled = set()
    for path in sorted((named - others) & sides.keys()):
        base, ours = sides[path].get(BASE), sides[path].get(PROJECT)
        if ours is None:
            result.kept_deleted.append(path)
        if ours in {None, base}:
            settled.add(path)
            result.tree.pop(path, None)
    result.stages = [stage for stage in result.stages if stage.path not in settled]
