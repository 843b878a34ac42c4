"""The library's folder in a project: replaced whole while nobody has changed it."""

from __future__ import annotations

import hashlib
import json

from packaging.version import InvalidVersion, Version

from asgi_upgrade.template.trees import Store, Tree

FOLDER = "asgi_serving/"
MANIFEST = f"{FOLDER}manifest.json"


def settle(store: Store, base: Tree, ours: Tree, theirs: Tree) -> str | None:
    """Make the folder alike in all three trees where there is nothing to merge.

    Returns why it is left alone or merged, or None where it is taken over whole.
    """
    if MANIFEST not in theirs or MANIFEST not in base:
        return None
    mine, new = _part(ours), _part(theirs)
    if not mine:
        for tree in (base, theirs):
            _replace(tree, {})
        return "it is not in this project: its package is updated like any other dependency"
    if mine == new:
        _replace(base, new)
        return None
    changed = changed_files(store, mine)
    if changed:
        return f"changed here, and therefore merged: {', '.join(changed[:3])}" + (
            f" and {len(changed) - 3} more" if len(changed) > 3 else ""  # noqa: PLR2004 - the three
        )
    kept = mine if _version(store, mine) > _version(store, new) else new
    for tree in (base, ours, theirs):
        _replace(tree, kept)
    return "newer here than in the template" if kept is mine else None


def changed_files(store: Store, part: Tree) -> list[str]:
    """Return the files of the folder that are not as its manifest lists them."""
    if MANIFEST not in part:
        return ["manifest.json"]
    contents = store.read([entry.object for entry in part.values()])
    try:
        listed = json.loads(contents[part[MANIFEST].object])["files"]
    except (ValueError, LookupError, TypeError):
        return ["manifest.json"]
    found = {
        path.removeprefix(FOLDER): _digest(contents[entry.object])
        for path, entry in part.items()
        if path != MANIFEST
    }
    return sorted(name for name in listed | found if listed.get(name) != found.get(name))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()


def _part(tree: Tree) -> Tree:
    return {path: entry for path, entry in tree.items() if path.startswith(FOLDER)}


def _replace(tree: Tree, part: Tree) -> None:
    for path in list(_part(tree)):
        del tree[path]
    tree.update(part)


def _version(store: Store, part: Tree) -> Version:
    try:
        return Version(json.loads(store.content(part[MANIFEST]))["version"])
    except (ValueError, LookupError, InvalidVersion):
        return Version("0")
