"""Files whose lines end as Windows ends them, while the template's end as git keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from asgi_upgrade.template.trees import Entry, Store, Tree


def normalize(store: Store, base: Tree, ours: Tree, theirs: Tree) -> set[str]:
    """Give all lines of a team's files one end, and return the files that had the other.

    Looked at are those that the template has, too, and those that may be one of them, moved. Mixed
    files stay as they are.
    """
    gone = {PurePosixPath(path).suffix for path in base if path not in ours}
    paths = [
        path
        for path, entry in ours.items()
        if entry.is_file and (path in base or path in theirs or PurePosixPath(path).suffix in gone)
    ]
    contents = store.read([ours[path].object for path in paths])
    found = {
        path: contents[ours[path].object].replace(b"\r\n", b"\n")
        for path in paths
        if is_windows(contents[ours[path].object])
    }
    store.change(ours, found)
    return set(found)


def is_windows(content: bytes) -> bool:
    """Whether all lines end as Windows ends them."""
    return b"\r\n" in content and content.count(b"\r\n") == content.count(b"\n")


def restore(store: Store, entries: Sequence[Entry]) -> list[Entry]:
    """Return files with lines that end as Windows ends them; links stay as they are."""
    contents = store.read([entry.object for entry in entries if entry.is_file])
    windows = [
        content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") for content in contents.values()
    ]
    made = dict(zip(contents, store.write(windows), strict=True))
    return [Entry(entry.mode, made.get(entry.object, entry.object)) for entry in entries]
