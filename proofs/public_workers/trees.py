"""The files of a repository of others at a commit, fetched where that can be."""

from __future__ import annotations

import subprocess
import tarfile
from io import BytesIO
from pathlib import Path

from asgi_upgrade.document import LARGEST

ADDRESS = "https://github.com/{}.git"


class AbsentError(Exception):
    """Raised with the reason when a repository cannot be had."""


def tree_of(repository: str, commit: str, clones: Path | None, into: Path) -> None:
    """Write the files of a commit into a folder.

    clones: has repositories as owner+name, or None to fetch them. Raises AbsentError.
    """
    into.mkdir()
    git = into.parent / "git"
    if clones is not None:
        git = clones / repository.replace("/", "+")
        git = git / "repo" if (git / "repo").is_dir() else git
    else:
        _run("git", "init", "--quiet", "--bare", str(git))
        address = ADDRESS.format(repository)
        _run("git", f"--git-dir={git}", "fetch", "--quiet", "--depth=1", address, commit)
    _write(git, commit, into)


def _write(git: Path, commit: str, into: Path) -> None:
    listed = _run("git", f"--git-dir={git}", "ls-tree", "-r", "-l", "-z", commit).split(b"\0")
    small = []
    for entry in filter(None, listed):
        about, _, name = entry.partition(b"\t")
        mode, _, _, size = about.split()
        # Binaries are large, and a clone may lack the largest.
        if mode in {b"100644", b"100755"} and size.isdigit() and int(size) <= LARGEST:
            small.append(name)
    for start in range(0, len(small), 500):
        literal = [b":(literal)" + name for name in small[start : start + 500]]
        archive = _run("git", f"--git-dir={git}", "archive", commit, "--", *literal)
        with tarfile.open(fileobj=BytesIO(archive)) as tar:
            tar.extractall(into, filter="data")


def _run(*command: str | bytes) -> bytes:
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        raise AbsentError(done.stderr.decode("utf-8", "replace").strip().splitlines()[-1])
    return done.stdout
