"""Writing a plan, and taking it back: each file is wholly old or wholly new."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

from asgi_upgrade.refusals import CannotWorkError, some
from asgi_upgrade.serving.model import Plan
from asgi_upgrade.serving.record import Record, digest, record_of
from asgi_upgrade.serving.sources import LIBRARY
from asgi_upgrade.tree import git_root
from asgi_upgrade.writer import refuse_uncommitted, replace, write_new


def write(root: Path, plan: Plan, *, allow_dirty: bool) -> None:
    """Write all of a plan, the library first, so that nothing names what is not there yet.

    Raises CannotWorkError: files have uncommitted changes or have changed meanwhile, or one cannot
    be written; `--undo` takes back what was.
    """
    contents = _contents(plan)
    in_the_way = [str(p) for p in plan.created if (root / p).exists() and LIBRARY not in p.parts]
    if in_the_way:
        raise CannotWorkError(
            f"{some(in_the_way)} is there, and git ignores it: move it away first"
        )
    if git_root(root) and not allow_dirty:
        refuse_uncommitted(root, list(contents))
    for change in plan.changes:
        document = change.document
        if (root / document.path).read_bytes() != document.encode(document.text):
            raise CannotWorkError(f"{document.path} has changed meanwhile: run this again")
    record = record_of(root)
    try:
        for path, content in contents.items():
            record.note(root, path, content)
        record.save()
        for path, content in contents.items():
            _put(root / path, content)
    except OSError as error:
        raise CannotWorkError(
            f"{error.filename} cannot be written, {error.strerror}: --undo takes back what was"
        ) from error


def undo(root: Path) -> list[PurePosixPath]:
    """Make all files as they were, and return them.

    Raises CannotWorkError: there is nothing to take back, or a file was changed since.
    """
    record = record_of(root)
    if not record.files:
        raise CannotWorkError(
            f"nothing is recorded for {root}: where a commit holds the change, `git revert` it"
        )
    if changed := [path.as_posix() for path in _changed(root, record)]:
        raise CannotWorkError(f"changed since: {some(changed)}; take that back first")
    try:
        for path, before in record.files.items():
            _put(root / path, before.content)
            if before.mode is not None:
                (root / path).chmod(before.mode)
        _remove_empty(root, record)
        record.forget()
    except OSError as error:
        raise CannotWorkError(f"{error.filename} cannot be written: {error.strerror}") from error
    return list(record.files)


def _contents(plan: Plan) -> dict[PurePosixPath, bytes | None]:
    changed = {c.document.path: c.document.encode(c.text) for c in plan.changes}
    return {**plan.created, **dict.fromkeys(plan.removed), **changed}


def _put(place: Path, content: bytes | None) -> None:
    if content is None:
        place.unlink(missing_ok=True)
    elif place.exists():
        replace(place, content)
    else:
        place.parent.mkdir(parents=True, exist_ok=True)
        write_new(place, content)


def _changed(root: Path, record: Record) -> Iterator[PurePosixPath]:
    """Yield the files that are neither as they were nor as they were written."""
    for path, before in record.files.items():
        place = root / path
        now = place.read_bytes() if place.is_file() else None
        if now != before.content and (None if now is None else digest(now)) != before.after:
            yield path


def _remove_empty(root: Path, record: Record) -> None:
    """Remove the folders that were made for new files, and what Python has put there."""
    folders = {
        folder
        for path, before in record.files.items()
        if before.content is None
        for folder in path.parents
        if LIBRARY in folder.parts
    }
    for folder in sorted(folders, key=lambda each: -len(each.parts)):
        cache = root / folder / "__pycache__"
        if cache.is_dir():
            for compiled in cache.glob("*.pyc"):
                compiled.unlink()
            with suppress(OSError):
                cache.rmdir()
        with suppress(OSError):  # what somebody has put there stays
            (root / folder).rmdir()
