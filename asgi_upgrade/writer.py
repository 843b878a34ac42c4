"""Writing: each file is wholly old or wholly new, whatever happens."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from asgi_upgrade.refusals import CannotWorkError, some
from asgi_upgrade.result import Change
from asgi_upgrade.tree import BACKUP, git_root


def refuse_uncommitted(root: Path, paths: Sequence[PurePosixPath]) -> None:
    """Raise CannotWorkError when one of the files has changes that git does not hold yet."""
    if not paths:
        return
    command = ["git", "-C", str(root), "status", "--porcelain", "-z", "--"]
    done = subprocess.run([*command, *map(str, paths)], capture_output=True, check=False)
    dirty = [entry[3:].decode(errors="replace") for entry in done.stdout.split(b"\0") if entry]
    if dirty:
        raise CannotWorkError(
            f"uncommitted changes in {some(dirty)}: commit or stash them, or say --allow-dirty"
        )


def write(root: Path, changes: Sequence[Change]) -> Path | None:
    """Write all changes, and return the folder with the former files where git keeps none.

    Raises CannotWorkError: a file has changed meanwhile, or cannot be written; the ones before it
    are written.
    """
    backup = None if git_root(root) else _backup(root, changes)
    for change in changes:
        place = root / change.document.path
        try:
            if place.read_bytes() != change.document.encode(change.document.text):
                raise CannotWorkError(f"{place} has changed meanwhile: run this again")
            replace(place, change.document.encode(change.text))
        except OSError as error:
            raise CannotWorkError(f"{place} cannot be written: {error.strerror}") from error
    return backup


def replace(place: Path, content: bytes) -> None:
    """Give a file another content, and leave mode and owner. Raises OSError."""
    status = place.stat()
    descriptor, name = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}.")
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if hasattr(os, "chown") and (status.st_uid, status.st_gid) != _owner(name):
            os.chown(name, status.st_uid, status.st_gid)
        os.chmod(name, status.st_mode & 0o7777)  # after chown, which clears some of the bits
        os.replace(name, place)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_new(place: Path, content: bytes) -> None:
    """Write a file that is there wholly or not at all. Raises OSError."""
    descriptor, name = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}.")
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
        os.chmod(name, 0o666 & ~_umask())
        os.replace(name, place)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _owner(name: str) -> tuple[int, int]:
    status = os.stat(name)
    return status.st_uid, status.st_gid


def _backup(root: Path, changes: Sequence[Change]) -> Path | None:
    if not changes:
        return None
    folder = root / f"{BACKUP}-{time.strftime('%Y%m%d-%H%M%S')}"
    try:
        for change in changes:
            copy = folder / change.document.path
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / change.document.path, copy)
    except OSError as error:
        raise CannotWorkError(f"{folder} cannot be made: {error.strerror}") from error
    return folder
