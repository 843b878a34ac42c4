"""Which declarations are installed together: the worker is declared once for each."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
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


def families(
    declarations: Sequence[Declaration], documents: Mapping[PurePosixPath, Document]
) -> list[list[Declaration]]:
    """Return the declarations of a project by what is installed together.

    Requirements files that include each other, or lie in one folder, are; so is what one command
    names, unless it installs files that declare the packages, too.
    """
    found: dict[tuple[object, ...], list[Declaration]] = defaultdict(list)
    commands: dict[tuple[object, ...], list[Declaration]] = defaultdict(list)
    for each in declarations:
        kind = format_of(each.path)
        if isinstance(kind, PipInstall):
            commands[each.path, each.group].append(each)
        elif isinstance(kind, Requirements):
            found["requirements", _including(each.path, documents)].append(each)
        else:
            found[each.path,].append(each)
    alone = [
        family
        for (path, start), family in commands.items()
        if not found or not _installs_files(documents[family[0].path], str(start))
    ]
    return [*found.values(), *alone]


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


def _installs_files(document: Document, start: str) -> bool:
    command = COMMAND.match(document.text, int(start))
    return command is not None and FROM_FILES.search(command["arguments"]) is not None
