"""What a codemod is, and how it sees a project."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from packaging.version import Version

from asgi_upgrade.template.line_endings import is_windows
from asgi_upgrade.template.trees import Store, Tree

LARGEST = 1_000_000
"""Bytes: a longer file was written by no person."""


@dataclass(frozen=True)
class Codemod:
    """What changes in a project's own code when it comes to a version, and is not the template's.

    apply: changes the files, and returns a line for each place that a person has to look at. It is
    given the project as the old template made it, and again as the team has it, so that what it
    changes in both is nobody's edit. It must leave alone what it does not know, and do nothing the
    second time.
    """

    version: Version
    apply: Callable[[Files], list[str]]


class Files:
    """The files of a tree, as texts whose lines end in a newline alone."""

    def __init__(self, store: Store, tree: Tree) -> None:
        """Take a tree, which is changed in place."""
        self._store = store
        self._tree = tree
        self._windows: set[str] = set()

    def __iter__(self) -> Iterator[str]:
        """Yield the paths, in order."""
        return iter(sorted(self._tree))

    def texts(self, *endings: str) -> Iterator[tuple[str, str]]:
        """Yield path and text of the files with certain ends of their names, if they are text."""
        paths = [p for p in self if p.endswith(endings) and self._tree[p].is_file]
        contents = self._store.read([self._tree[path].object for path in paths])
        for path in paths:
            content = contents[self._tree[path].object]
            if len(content) <= LARGEST and b"\0" not in content:
                with suppress(UnicodeDecodeError):
                    if is_windows(content):
                        self._windows.add(path)
                        content = content.replace(b"\r\n", b"\n")
                    yield path, content.decode()

    def write(self, texts: dict[str, str]) -> None:
        """Give files another text."""
        contents = {
            path: text.replace("\n", "\r\n") if path in self._windows else text
            for path, text in texts.items()
        }
        self._store.change(self._tree, {path: text.encode() for path, text in contents.items()})

    def move(self, old: str, new: str) -> None:
        """Move a file, unless another one is there."""
        if old in self._tree and new not in self._tree:
            self._tree[new] = self._tree.pop(old)
