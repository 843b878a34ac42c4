"""The library's folder: where this tool has it, and what it is in a project."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import tomlkit
from packaging.version import InvalidVersion, Version

from asgi_upgrade.refusals import CannotWorkError
from asgi_upgrade.serving.model import Advice, Plan
from asgi_upgrade.serving.project import Project
from asgi_upgrade.serving.sources import LIBRARY

PACKAGED = Path(__file__).with_name("library") / LIBRARY
"""Where the tool's own wheel has it."""

CHECKOUT = Path(__file__).parents[2] / "{{cookiecutter.project_slug}}" / LIBRARY
"""Where a clone of the repository has it."""

MANIFEST = "manifest.json"
LEFT_OUT = {"__pycache__"}


def library() -> Path:
    """Return the folder that is written into projects. Raises CannotWorkError."""
    for folder in (PACKAGED, CHECKOUT):
        if (folder / MANIFEST).is_file():
            return folder
    raise CannotWorkError(
        f"this installation of asgi-upgrade lacks the library {LIBRARY}: install it again"
    )


@cache
def described() -> Mapping[str, Any]:
    """Return the description of the library, its pyproject.toml. Raises CannotWorkError."""
    return tomlkit.parse((library() / "pyproject.toml").read_text("utf-8")).unwrap()


def add_library(project: Project, plan: Plan) -> None:
    """Write the folder beside the project's packages; replace an older one that nobody changed."""
    place = project.home / LIBRARY
    folder = project.sources.root / place
    new = dict(_files(library()))
    if not folder.exists():
        plan.created |= {place / name: content for name, content in new.items()}
        return
    mine = dict(_files(folder))
    if MANIFEST not in mine:
        what = f"this folder is not the library of the same name: it has no {MANIFEST}"
        plan.needed.append(Advice(place, 1, what, "rename it, or take it away", "library"))
        return
    old_version, new_version = _version(mine), _version(new)
    if old_version >= new_version:
        return
    changed = sorted(_changed(mine))
    if changed:
        what = f"version {old_version} was changed here: {', '.join(changed[:3])}"
        write = f"replace the folder by version {new_version}, and make these changes again"
        plan.notes.append(Advice(place, 1, what, write, "library"))
        return
    plan.created |= {
        place / name: content for name, content in new.items() if mine.get(name) != content
    }
    plan.removed += [place / name for name in mine if name not in new]


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not LEFT_OUT & set(path.parts):
            yield path.relative_to(folder).as_posix(), path.read_bytes()


def _version(files: Mapping[str, bytes]) -> Version:
    try:
        return Version(json.loads(files[MANIFEST])["version"])
    except (ValueError, LookupError, TypeError, InvalidVersion):
        return Version("0")


def _changed(files: Mapping[str, bytes]) -> Iterator[str]:
    """Yield the files that are not as the manifest among them lists them."""
    try:
        listed = json.loads(files[MANIFEST])["files"]
    except (ValueError, LookupError, TypeError):
        yield MANIFEST
        return
    found = {name: _digest(content) for name, content in files.items() if name != MANIFEST}
    yield from (name for name in listed | found if listed.get(name) != found.get(name))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()
