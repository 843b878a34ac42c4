"""Trees that must not be changed: the new name would load something else, or is the subject."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from asgi_upgrade.document import LARGEST
from asgi_upgrade.model import NEW_MODULE

OWN = re.compile(
    r"^(?:\[project\]|\[tool\.poetry\]|\[metadata\]|.*\bsetup\()[^\[]*?"
    r"^\s*name\s*=\s*[\"']?(uvicorn|uvicorn-worker)\b[\"']?\s*(?:,|$)",
    re.MULTILINE,
)
"""In what describes a project: that it is one of the packages."""


SHOWN = 3
"""Names that a line of an error shows."""


class CannotWorkError(Exception):
    """Raised with the reason when a tree must not be changed."""


def some(names: Sequence[str]) -> str:
    """Return the first of several names, as a part of a sentence."""
    return ", ".join(names[:SHOWN]) + (" and others" if len(names) > SHOWN else "")


def refuse(root: Path, listed: Sequence[PurePosixPath]) -> None:
    """Raise CannotWorkError where the new name would load something else, or is the subject."""
    for name in ("pyproject.toml", "setup.py", "setup.cfg"):
        own = root / name
        if own.is_file() and OWN.search(own.read_text("utf-8", errors="replace")):
            raise CannotWorkError(f"{own} is the project of one of the packages themselves")
    packages = {path.parent for path in listed if path.name == "__init__.py"}
    for path in listed:
        if path.parts[-2:] == ("uvicorn", "workers.py") and path.parent in packages:
            raise CannotWorkError(
                f"{path} is a copy of the module itself: leave it out by --exclude {path.parent}"
            )
        if path.name == f"{NEW_MODULE}.py":
            local = path
        elif path.name == "__init__.py" and path.parent.name == NEW_MODULE:
            local = path.parent
        else:
            continue
        if local.parent not in packages and not _is_named_by_folder(root, listed, local.parent):
            raise CannotWorkError(
                f"{local} would be loaded in place of the package uvicorn-worker: rename it first"
            )


def _is_named_by_folder(root: Path, listed: Sequence[PurePosixPath], folder: PurePosixPath) -> bool:
    """Tell whether the project imports a module as one of its folder, which has no __init__.py."""
    if not folder.name:
        return False
    name = re.compile(rf"\b{re.escape(folder.name)}\.{NEW_MODULE}\b".encode())
    return any(
        (root / path).is_file()
        and (root / path).stat().st_size <= LARGEST
        and name.search((root / path).read_bytes())
        for path in listed
    )
