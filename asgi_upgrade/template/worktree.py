"""Writing a merge into the project: as git does, and so that one command of git's takes it back."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from asgi_upgrade.refusals import CannotWorkError, some
from asgi_upgrade.template.git import git, git_line
from asgi_upgrade.template.merge import Stage
from asgi_upgrade.template.trees import SUBMODULE, Entry, Store, Tree, index_line

UNDER_WAY = {
    "MERGE_HEAD": ("a merge", "git merge --abort"),
    "rebase-merge": ("a rebase", "git rebase --abort"),
    "rebase-apply": ("a rebase", "git rebase --abort"),
    "CHERRY_PICK_HEAD": ("a cherry-pick", "git cherry-pick --abort"),
    "REVERT_HEAD": ("a revert", "git revert --abort"),
}


class WorkTree:
    """The work tree of the project's repository, whose top folder may be above the project."""

    def __init__(self, project: Path) -> None:
        """Find it. project: the folder of the project. Raises CannotWorkError."""
        if not project.is_dir():
            raise CannotWorkError(f"{project} is no folder")
        try:
            self.top = Path(git_line(project, "rev-parse", "--show-toplevel"))
        except CannotWorkError as error:
            if "not a git repository" not in str(error):
                raise
            raise CannotWorkError(
                f"{project} is in no git repository, and git does the merge: run 'git init', "
                "'git add --all' and 'git commit -m Start' there first"
            ) from error
        self.project = project
        self.prefix = git_line(project, "rev-parse", "--show-prefix")
        self._writing = self.git_path("asgi-upgrade-writes")

    def git_path(self, name: str) -> Path:
        """Return the path of a file of the repository, which a worktree may have of its own."""
        return self.top / git_line(self.top, "rev-parse", "--git-path", name)

    def head(self) -> str:
        """Return the commit of HEAD. Raises CannotWorkError: there is none."""
        try:
            return git_line(self.top, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        except CannotWorkError as error:
            raise CannotWorkError(
                "nothing is committed yet: run 'git add --all' and 'git commit -m Start' first"
            ) from error

    def refuse_unready(self) -> None:
        """Raise CannotWorkError when something is under way, or not committed."""
        if self._writing.exists():
            raise CannotWorkError(
                "the last update was stopped while it wrote: 'git reset --hard' puts all files back "
                f"as they were, then remove {self._writing} and run this again"
            )
        for name, (what, abort) in UNDER_WAY.items():
            if self.git_path(name).exists():
                raise CannotWorkError(f"{what} is under way: finish it, or end it by '{abort}'")
        changed = git(
            self.top, "status", "--porcelain", "-z", "--untracked-files=no",
            "--ignore-submodules=dirty", "--no-renames",
        )  # fmt: skip
        names = [os.fsdecode(line[3:]) for line in changed.split(b"\0") if line]
        if names:
            raise CannotWorkError(
                f"uncommitted changes in {some(names)}: commit them, or 'git stash' them, so that "
                "'git merge --abort' can take the update back"
            )

    def refuse_in_the_way(self, added: Iterable[str], changed: Collection[str]) -> None:
        """Raise CannotWorkError when writing these paths would overwrite what git does not hold."""
        there = [path for path in added if os.path.lexists(self.top / path)]
        there += [path for path in added if self._is_below_a_file(path) and path not in there]
        if there:
            raise CannotWorkError(
                f"{some(there)} would be overwritten, and is not committed: move it away, or commit it"
            )
        listed = git(self.top, "ls-files", "-v", "-z").split(b"\0")
        hidden = {os.fsdecode(line[2:]) for line in listed if line[:1] in b"hsS" and line}
        kept = [path for path in changed if path in hidden and os.path.lexists(self.top / path)]
        if kept:
            raise CannotWorkError(
                f"git was told to overlook changes of {some(kept)}: undo that by 'git update-index "
                "--no-assume-unchanged --no-skip-worktree' and the name, and commit or stash them"
            )

    def _is_below_a_file(self, path: str) -> bool:
        """Whether a file that git does not hold is where a folder must be."""
        for parent in Path(path).parents[:-1]:
            place = self.top / parent
            if place.is_symlink() or place.is_file():
                return not git(self.top, "ls-files", "-z", "--", parent.as_posix())
        return False

    def write(
        self, store: Store, before: Tree, after: Tree, stages: Iterable[Stage], message: str
    ) -> None:
        """Put the result into index and files, as a merge that is not committed yet.

        The index comes first: from then on `git reset --hard` takes everything back, as HEAD holds
        each file that there was, and the index names each one that is new. MERGE_HEAD is HEAD
        itself: git's commands find a merge, and the commit has one parent.
        """
        sides = list(stages)
        changed = [p for p in before.keys() | after.keys() if before.get(p) != after.get(p)]
        in_conflict = {stage.path for stage in sides}
        self._keep_objects(store, [after[p].object for p in changed if p in after], sides)
        head = self.head()
        nothing = Entry("0", "0" * len(head))
        lines = [index_line(path, nothing) for path in {*changed, *in_conflict}]
        lines += [
            index_line(path, after[path])
            for path in changed
            if path in after and path not in in_conflict
        ]
        lines += [index_line(side.path, side.entry, side.number) for side in sides]
        written = [path for path in {*changed, *in_conflict} if path in after]
        removed = [path for path in changed if path not in after]

        self._writing.write_text("git reset --hard\n", "utf-8")
        try:
            self._git("update-index", "-z", "--index-info", stdin=b"".join(lines))
        except BaseException:
            self._writing.unlink()
            raise
        self.git_path("MERGE_MSG").write_text(message, "utf-8")
        self.git_path("MERGE_MODE").write_text("", "utf-8")
        self.git_path("MERGE_HEAD").write_text(f"{head}\n", "utf-8")
        self._remove(path for path in removed if before[path].mode != SUBMODULE)
        self._check_out(after, written)
        self._git("update-index", "-q", "--refresh", accepted=(0, 1))
        self._writing.unlink()

    def take_back(self) -> None:
        """Undo a write, unless it has changed nothing."""
        if self.git_path("MERGE_HEAD").exists() or self._writing.exists():
            self._git("reset", "--hard", "--quiet")
            self._writing.unlink(missing_ok=True)

    def _keep_objects(self, store: Store, objects: list[str], stages: list[Stage]) -> None:
        """Copy contents into the project's repository."""
        names = {
            *objects,
            *(stage.entry.object for stage in stages if stage.entry.mode != SUBMODULE),
        }
        wanted = "".join(f"{name}\n" for name in names).encode()
        pack = git(store.folder, "pack-objects", "--stdout", "--quiet", stdin=wanted)
        self._git("unpack-objects", "-q", stdin=pack)

    def _check_out(self, tree: Tree, paths: list[str]) -> None:
        """Write files as git does: with links, modes, ends of lines and filters."""
        with tempfile.TemporaryDirectory() as folder:
            index = Path(folder, "index")
            lines = b"".join(index_line(path, tree[path]) for path in paths)
            self._git("update-index", "-z", "--index-info", stdin=lines, index=index)
            self._git("checkout-index", "--force", "--all", "--quiet", index=index)

    def _git(
        self, *arguments: str, stdin: bytes = b"", index: Path | None = None,
        accepted: Collection[int] = (0,),
    ) -> None:  # fmt: skip
        """Run git so that Ctrl+C, which goes to all that the terminal runs, does not end it."""
        git(self.top, *arguments, stdin=stdin, index=index, accepted=accepted, alone=True)

    def _remove(self, paths: Iterable[str]) -> None:
        folders: set[Path] = set()
        for path in paths:
            (self.top / path).unlink(missing_ok=True)
            folders.update(Path(path).parents[:-1])
        for folder in sorted(folders, key=lambda each: -len(each.parts)):
            place = self.top / folder
            if not place.is_dir() or place.is_symlink():
                continue
            if [each.name for each in place.iterdir()] == ["__pycache__"]:
                shutil.rmtree(place / "__pycache__")
            if not any(place.iterdir()):
                place.rmdir()


@contextmanager
def held_signals() -> Iterator[list[int]]:
    """Yield the signals to end that arrive meanwhile, and are held: what is written is short."""
    received: list[int] = []

    def hold(number: int, _: FrameType | None) -> None:
        received.append(number)

    former = {number: signal.signal(number, hold) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
