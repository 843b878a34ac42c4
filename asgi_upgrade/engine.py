"""The way of a migration: look at all files, decide, and check each edit before it is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from asgi_upgrade.history import is_history
from asgi_upgrade.reading import UnreadError, read
from asgi_upgrade.refusals import refuse
from asgi_upgrade.result import Change, Result
from asgi_upgrade.survey import Survey
from asgi_upgrade.tree import files

__all__ = ["Change", "Result", "migrate"]


def migrate(
    root: Path,
    *,
    exclude: Sequence[str] = (),
    latest: bool = False,
    force: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Result:
    """Return what would move a tree to uvicorn-worker; nothing is written.

    force: change names where nothing declares what they need, too.
    progress: is called with the files that were looked at, and their number.
    Raises CannotWorkError, NoTreeError.
    """
    listed = list(files(root, exclude))
    refuse(root, listed)
    survey = Survey(history={path for path in listed if is_history(path)})
    survey.history |= set(_linked(root, listed))
    for number, path in enumerate(listed):
        if progress:
            progress(number, len(listed))
        try:
            if document := read(root, path):
                survey.look(document)
        except UnreadError as error:
            survey.leave_unread(path, error)
    if progress:
        progress(len(listed), len(listed))
    survey.plan_dependencies(latest=latest, force=force)
    return survey.result


def _linked(root: Path, listed: Sequence[PurePosixPath]) -> Iterator[PurePosixPath]:
    """Yield the files that a link with the name of a history leads to."""
    for path in listed:
        if is_history(path) and (root / path).is_symlink():
            target = (root / path).resolve()
            if target.is_relative_to(root.resolve()):
                yield PurePosixPath(target.relative_to(root.resolve()).as_posix())
