"""Trees of git: made and merged in a repository of their own, beside the project's."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from asgi_upgrade.template.git import GitError, git, git_line

SUBMODULE = "160000"
EXECUTABLE = "100755"
PLAIN = "100644"


class Entry(NamedTuple):
    """A file of a tree: its mode as git writes it, and the name of its content."""

    mode: str
    object: str

    @property
    def is_file(self) -> bool:
        """Whether it has a content that a person writes: no link, no submodule."""
        return self.mode in {PLAIN, EXECUTABLE}


Tree = dict[str, Entry]
"""The files of a tree by their paths, relative to its top, with slashes."""


NOBODY = ("-c", "user.name=asgi-upgrade", "-c", "user.email=")
"""In whose name commits are made that nobody keeps."""


def index_line(path: str, entry: Entry, stage: int = 0) -> bytes:
    """Return what `git update-index -z --index-info` reads; mode 0 removes a path."""
    return os.fsencode(f"{entry.mode} {entry.object} {stage}\t{path}\0")


class Store:
    """A bare repository that reads the project's objects, and keeps its own to itself."""

    def __init__(self, folder: Path, project: Path) -> None:
        """Make it in a new folder. project: any folder of the project's repository."""
        self.folder = folder
        objects = project / git_line(project, "rev-parse", "--git-path", "objects")
        form = git_line(project, "rev-parse", "--show-object-format")
        git(folder.parent, "init", "--quiet", "--bare", f"--object-format={form}", str(folder))
        (folder / "objects/info/alternates").write_text(f"{objects.resolve()}\n", "utf-8")

    def read_tree(self, tree: str) -> Tree:
        """Return all files of a commit or tree."""
        listed = git(self.folder, "ls-tree", "-r", "-z", "--full-tree", tree)
        found: Tree = {}
        for line in listed.split(b"\0")[:-1]:
            facts, _, path = line.partition(b"\t")
            mode, _, name = facts.decode().split()
            found[os.fsdecode(path)] = Entry(mode, name)
        return found

    def write_tree(self, tree: Tree) -> str:
        """Return the name of a tree with these files."""
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            index = Path(folder, "index")
            lines = b"".join(index_line(path, entry) for path, entry in tree.items())
            git(self.folder, "update-index", "-z", "--index-info", stdin=lines, index=index)
            return os.fsdecode(git(self.folder, "write-tree", "--missing-ok", index=index)).strip()

    def commit(self, tree: Tree, title: str, parent: str | None = None) -> str:
        """Return the name of a commit of a tree; it is nobody's, and of no time."""
        parents = ["-p", parent] if parent else []
        command = (*NOBODY, "commit-tree", *parents, "-m", title, self.write_tree(tree))
        return git_line(self.folder, *command)

    def read(self, objects: Collection[str]) -> dict[str, bytes]:
        """Return the contents of files by their names, asked for at once. Raises GitError."""
        names = list(dict.fromkeys(objects))
        answer = git(self.folder, "cat-file", "--batch", stdin="\n".join(names).encode())
        found, at = {}, 0
        for name in names:
            start = answer.index(b"\n", at) + 1
            facts = answer[at:start].split()
            if facts[-1] == b"missing":  # a partial clone has not asked for it yet
                raise GitError("files of HEAD are not in this clone: run 'git checkout HEAD -- .'")
            size = int(facts[2])
            found[name] = answer[start : start + size]
            at = start + size + 1
        return found

    def content(self, entry: Entry) -> bytes:
        """Return the content of one file. Raises GitError."""
        return self.read([entry.object])[entry.object]

    def write(self, contents: Iterable[bytes]) -> list[str]:
        """Return the names of contents, kept here."""
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            paths = []
            for number, content in enumerate(contents):
                paths.append(Path(folder, str(number)))
                paths[-1].write_bytes(content)
            return self._write_files(paths)

    def write_folder(self, folder: Path, modes: Mapping[str, str]) -> Tree:
        """Return the tree of a folder; modes: those of files whose own this system does not know."""
        paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        names = [path.relative_to(folder).as_posix() for path in paths]
        return {
            name: Entry(_mode(path, modes.get(name, PLAIN)), content)
            for name, path, content in zip(names, paths, self._write_files(paths), strict=True)
        }

    def change(self, tree: Tree, contents: Mapping[str, bytes]) -> None:
        """Give files of a tree other contents, and leave their modes."""
        for path, name in zip(contents, self.write(contents.values()), strict=True):
            tree[path] = Entry(tree[path].mode if path in tree else PLAIN, name)

    def _write_files(self, paths: list[Path]) -> list[str]:
        lines = "".join(f"{path}\n" for path in paths)
        command = ("hash-object", "-w", "--no-filters", "--stdin-paths")
        return git(self.folder, *command, stdin=os.fsencode(lines)).decode().split()


def _mode(path: Path, recorded: str) -> str:
    if os.name == "nt":  # its files have no such bit
        return recorded
    return EXECUTABLE if path.stat().st_mode & 0o100 else PLAIN
