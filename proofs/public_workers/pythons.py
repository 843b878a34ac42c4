"""The Python that a project runs on, and the one of this machine that comes nearest."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Final

from interpreters import interpreter

from asgi_upgrade.dependencies import declares
from asgi_upgrade.dependencies.python_version import PythonOfProject
from asgi_upgrade.dependencies.versions import OLDEST_PYTHON, PYTHONS
from asgi_upgrade.document import Document
from asgi_upgrade.reading import UnreadError, read
from asgi_upgrade.tree import files

USUAL: Final = "3.12"
"""Of a project that names none."""

SERVING: Final = PYTHONS[PYTHONS.index(OLDEST_PYTHON) :]
"""Those that there is a uvicorn-worker for."""


def python_of(tree: Path, path: PurePosixPath) -> str:
    """Return the Python of what a file declares: the newest image, or the oldest of a range."""
    folder = path.parent.parent if "requirements" in path.parent.name else path.parent
    statements = PythonOfProject.of(folder, _documents(tree)).statements
    named = {each for one in statements if not one.is_range for each in one.versions}
    if named:
        return max(named, key=PYTHONS.index)
    ranges = [one.versions for one in statements if one.is_range]
    allowed = set(SERVING).intersection(*ranges) if ranges else {USUAL}
    return min(allowed or {USUAL}, key=PYTHONS.index)


def nearest(version: str) -> str:
    """Return the version of this machine that is nearest to another one."""
    place = PYTHONS.index(version)
    return min(installed(), key=lambda each: abs(PYTHONS.index(each) - place))


@cache
def installed() -> dict[str, Path]:
    """Return the interpreters of this machine by their versions."""
    found = {f"3.{sys.version_info.minor}": Path(sys.executable)}
    for version in SERVING:
        if python := interpreter(version):
            found.setdefault(version, python)
    return found


def _documents(tree: Path) -> dict[PurePosixPath, Document]:
    """Return the files of a tree that declare packages or a Python."""
    found = {}
    for path in filter(declares, files(tree, ())):
        try:
            document = read(tree, path)
        except UnreadError:
            continue
        if document is not None:
            found[path] = document
    return found
