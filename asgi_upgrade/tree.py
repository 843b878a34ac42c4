"""The files of a project that a person has written."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from pathspec import GitIgnoreSpec

BACKUP = ".asgi-upgrade-backup"
"""What the folder with former files begins with, where git does not keep them."""

VENDORED = {
    ".git", ".hg", ".svn", ".venv", "node_modules", "site-packages", "third_party", "vendor",
    "third-party", "thirdparty", "3rdparty", "vendors", "vendored", "_vendor", "_vendored",
    "bower_components",
}  # fmt: skip
GENERATED = {
    "__pycache__", ".mypy_cache", ".nox", ".pytest_cache", ".ruff_cache", ".tox", "build", "dist",
    "env", "htmlcov", "venv",
}  # fmt: skip
"""Folders that tools make; under git, what is ignored says it better."""

# A folder with PKG-INFO is a source distribution of others, unpacked.
MADE = re.compile(
    r"^PKG-INFO$|\.min\.(js|css)$|\.(map|svg|png|jpg|gif|ico|woff2?|pdf|zip|gz|whl|pyc|mo)$"
)


class NoTreeError(Exception):
    """Raised with the reason when a path has no files to look at."""


def git_root(folder: Path) -> Path | None:
    """Return the top folder of the git repository that a folder belongs to, or None.

    A folder that its repository ignores does not belong to it. Raises NoTreeError: git refuses to
    read a repository that belongs to another user.
    """
    git = ["git", "-C", str(folder)]
    english = {**os.environ, "LC_ALL": "C"}
    try:
        top = subprocess.run(
            [*git, "rev-parse", "--show-toplevel"],
            capture_output=True, text=True, check=False, env=english,
        )  # fmt: skip
        if "dubious ownership" in top.stderr:
            raise NoTreeError(
                f"git does not read {folder}, which belongs to another user: if you trust it, run "
                f"git config --global --add safe.directory {shlex.quote(str(folder.resolve()))}"
            )
        ignored = subprocess.run(
            [*git, "check-ignore", "-q", "."], capture_output=True, check=False
        )
    except OSError:  # git is not installed
        return None
    belongs = top.returncode == 0 and ignored.returncode != 0
    return Path(top.stdout.rstrip("\n")) if belongs else None


def files(root: Path, exclude: Sequence[str] = ()) -> Iterator[PurePosixPath]:
    """Yield the files below a folder, relative to it, in order; links among them.

    exclude: patterns of paths or names that are left out. Raises NoTreeError.
    """
    if not root.is_dir():
        raise NoTreeError(f"{root} is no folder")
    listed = sorted(_tracked(root) if git_root(root) else _walked(root))
    copies = {path.parent for path in listed if path.name == "PKG-INFO" and path.parent.name}
    for path in listed:
        if not _is_left_out(path, exclude) and copies.isdisjoint(path.parents):
            yield path


def _tracked(root: Path) -> Iterator[PurePosixPath]:
    """Yield what git knows and what it does not ignore; submodules are folders of others."""
    command = [
        "git",
        "-C",
        str(root),
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        raise NoTreeError(done.stderr.decode(errors="replace").strip())
    for name in dict.fromkeys(done.stdout.split(b"\0")):
        if name and not name.endswith(b"/"):
            yield PurePosixPath(os.fsdecode(name))


def _walked(root: Path) -> Iterator[PurePosixPath]:
    ignored: dict[str, GitIgnoreSpec] = {}
    for folder, names, found in os.walk(root):
        here = PurePosixPath(os.path.relpath(folder, root).replace(os.sep, "/"))
        if ".gitignore" in found:
            lines = Path(folder, ".gitignore").read_text("utf-8", errors="replace").splitlines()
            ignored[here.as_posix()] = GitIgnoreSpec.from_lines(lines)
        names[:] = [
            name
            for name in names
            if name not in GENERATED and not _is_ignored(here / name, ignored, folder=True)
        ]
        for name in found:
            if not _is_ignored(here / name, ignored):
                yield here / name


def _is_ignored(
    path: PurePosixPath, ignored: dict[str, GitIgnoreSpec], *, folder: bool = False
) -> bool:
    for parent in path.parents:
        spec = ignored.get(parent.as_posix())
        name = path.relative_to(parent).as_posix() + ("/" if folder else "")
        if spec is not None and spec.match_file(name):
            return True
    return False


def _is_left_out(path: PurePosixPath, exclude: Sequence[str]) -> bool:
    parts = path.parts
    return (
        any(part in VENDORED or part.startswith(BACKUP) for part in parts)
        or any(part.endswith((".egg-info", ".dist-info")) for part in parts)
        or MADE.search(path.name) is not None
        or any(
            fnmatchcase(path.as_posix(), pattern.rstrip("/"))
            or fnmatchcase(path.name, pattern)
            or path.as_posix().startswith(f"{pattern.rstrip('/')}/")
            for pattern in exclude
        )
    )
