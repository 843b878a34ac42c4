"""Which project a file belongs to: the folder whose files declare what it runs on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from asgi_upgrade.dependencies.declaration import Declaration

PACKAGED = {"pyproject.toml", "setup.py", "setup.cfg"}
"""What installs code of Python together with what it needs."""

TESTS = {"test", "tests", "testing"}
"""Folders whose projects are there to be tested."""


def project_of(path: PurePosixPath, declarations: Sequence[Declaration]) -> PurePosixPath | None:
    """Return the folder of the project that a file belongs to, or None when nothing declares one.

    It is the nearest folder upwards with a declaration in or below it. When that is only in folders
    beside or below the file, one above is meant that declares Gunicorn where they do not, or that
    packages this code of Python, or the folder in which the file has others below it.
    """
    declarations = [each for each in declarations if is_shared(each.path, path)]
    nearest = next(
        (f for f in path.parents if any(each.path.is_relative_to(f) for each in declarations)), None
    )
    if nearest is None:
        return None
    if any(lying_in(nearest, declarations)):
        return nearest
    inside = [each for each in declarations if each.path.is_relative_to(nearest)]
    is_own = path.suffix == ".py" or nearest == path.parent
    packages = is_own and not any(each.path.name in PACKAGED for each in inside)
    lacks = not any(map(is_served, inside))
    for folder in nearest.parents if lacks or packages else ():
        own = [each for each in lying_in(folder, declarations) if is_served(each)]
        if any(lacks or each.path.name in PACKAGED for each in own):
            return folder
    return nearest


def is_shared(declaring: PurePosixPath, other: PurePosixPath) -> bool:
    """Tell whether what a file declares may be for another one: a folder of tests has its own."""
    for folder in declaring.parents:
        if folder.name in TESTS and not other.is_relative_to(folder):
            return False
    return True


def lying_in(folder: PurePosixPath, declarations: Sequence[Declaration]) -> Iterator[Declaration]:
    """Yield the declarations of the files of a folder itself, and of its folder of requirements."""
    for each in declarations:
        parent = each.path.parent
        if parent == folder or (parent.parent == folder and "requirements" in parent.name):
            yield each


def is_served(each: Declaration) -> bool:
    """Tell whether a project installs Gunicorn to run by it; a library may have it for its tests."""
    return each.name == "gunicorn" and each.narrowness >= 0 and not each.optional
