"""The files of a repository of others at a commit, fetched where that can be."""

from __future__ import annotations

import os
import subprocess
from io import BytesIO
from pathlib import Path

from asgi_upgrade.document import LARGEST

ADDRESS = "https://github.com/{}.git"


class AbsentError(Exception):
    """Raised with the reason when a repository cannot be had."""


def tree_of(
    repository: str, commit: str, clones: Path | None, into: Path, largest: float = LARGEST
) -> None:
    """Write the files of a commit into a folder.

    clones: has repositories as owner+name, or None to fetch them. largest: bytes of a file that is
    taken; the tool itself reads none that is larger than the default. Raises AbsentError.
    """
    into.mkdir()
    git = into.parent / "git"
    if clones is not None:
        git = clones / repository.replace("/", "+")
        git = next((each for each in (git / "repo", git / ".git") if each.is_dir()), git)
    else:
        _run("git", "init", "--quiet", "--bare", str(git))
        address = ADDRESS.format(repository)
        _run("git", f"--git-dir={git}", "fetch", "--quiet", "--depth=1", address, commit)
    _write(git, commit, into, largest)


def _write(git: Path, commit: str, into: Path, largest: float) -> None:
    listed = _run("git", f"--git-dir={git}", "ls-tree", "-r", "-l", "-z", commit).split(b"\0")
    blobs: list[tuple[str, bytes]] = []
    for entry in filter(None, listed):
        about, _, name = entry.partition(b"\t")
        mode, _, blob, size = about.split()
        # Links are nothing of the tool's. Binaries are large, and a clone may lack the largest.
        if mode in {b"100644", b"100755"} and size.isdigit() and int(size) <= largest:
            blobs.append((os.fsdecode(name), blob))
    wanted = b"".join(blob + b"\n" for _, blob in blobs)
    contents = BytesIO(_run("git", f"--git-dir={git}", "cat-file", "--batch", typed=wanted))
    for path, _ in blobs:
        header = contents.readline().split()
        if header[1] == b"blob":
            place = into / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(contents.read(int(header[2])))
            contents.readline()


def _run(*command: str, typed: bytes = b"") -> bytes:
    done = subprocess.run(command, input=typed, capture_output=True, check=False)
    if done.returncode:
        raise AbsentError(done.stderr.decode("utf-8", "replace").strip().splitlines()[-1])
    return done.stdout
