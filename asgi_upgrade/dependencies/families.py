"""Which declarations are installed together: the worker is declared once for each."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from posixpath import normpath

from asgi_upgrade.dependencies.declaration import Declaration
from asgi_upgrade.dependencies.formats import format_of
from asgi_upgrade.dependencies.formats.pip_install import COMMAND, PipInstall
from asgi_upgrade.dependencies.formats.requirements import Requirements
from asgi_upgrade.document import Document

INCLUDED = re.compile(r"^\s*(?:-r|--requirement)[ =]*([^\s#]+)", re.MULTILINE)
FROM_FILES = re.compile(r"\s(?:-r|--requirement|-e|\.)(?=[\s=/\[]|$)")
"""In a command: what it installs is declared in files as well."""

COMMAND_SCOPE = 2
"""The narrowness of a command that adds to files: no group or extra is narrower."""


def families(
    declarations: Sequence[Declaration], documents: Mapping[PurePosixPath, Document]
) -> list[list[Declaration]]:
    """Return the declarations of a project by what is installed together.

    Requirements files that include each other, or lie in one folder, are; so is what one command
    names. A command with the half that the files lack belongs to them, as the narrower place; one
    with less than the files needs nothing.
    """
    files: dict[tuple[object, ...], list[Declaration]] = defaultdict(list)
    commands: dict[tuple[object, ...], list[Declaration]] = defaultdict(list)
    for each in declarations:
        kind = format_of(each.path)
        if isinstance(kind, PipInstall):
            commands[each.path, each.group].append(each)
        elif isinstance(kind, Requirements):
            files["requirements", _including(each.path, documents)].append(each)
        else:
            files[each.path,].append(each)
    found = list(files.values())
    alone: list[list[Declaration]] = []
    halves: list[list[Declaration]] = []
    for family in commands.values():
        half = next((each for each in found if _is_half(each, family)), None)
        if half is not None:
            halves.append(half)
            alone.append([*half, *(replace(each, narrowness=COMMAND_SCOPE) for each in family)])
        elif not found or (_is_whole(family) and not _installs_files(family[0], documents)):
            alone.append(family)
    return [*(each for each in found if each not in halves), *alone]


def _is_half(files: Sequence[Declaration], command: Sequence[Declaration]) -> bool:
    """Tell whether files lack one of the servers, which a command installs."""
    return not _is_whole(files) and _is_whole([*files, *command])


def _is_whole(family: Sequence[Declaration]) -> bool:
    return {"uvicorn", "gunicorn"} <= {each.name for each in family}


def _including(path: PurePosixPath, documents: Mapping[PurePosixPath, Document]) -> PurePosixPath:
    """Return the folder of the file that includes another one in the end."""
    seen: set[PurePosixPath] = set()
    while path not in seen:
        seen.add(path)
        for other, document in documents.items():
            included = INCLUDED.findall(document.text) if other.suffix in {".txt", ".in"} else ()
            if any(normpath(other.parent / name) == str(path) for name in included):
                path = other
                break
    return path.parent


def _installs_files(named: Declaration, documents: Mapping[PurePosixPath, Document]) -> bool:
    command = COMMAND.match(documents[named.path].text, int(named.group))
    return command is not None and FROM_FILES.search(command["arguments"]) is not None
