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
from asgi_upgrade.dependencies.projects import lying_in
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

    A requirements file that no other includes is, with what it includes; so is what one command
    names. Files of one folder that have a half each belong together. A command with the half that
    the files lack belongs to them, as the narrower place; one with less than the files needs nothing.
    """
    files: dict[object, list[Declaration]] = defaultdict(list)
    commands: dict[tuple[PurePosixPath, str], list[Declaration]] = defaultdict(list)
    including = _including(documents)
    for each in declarations:
        kind = format_of(each.path)
        if isinstance(kind, PipInstall):
            commands[each.path, each.group].append(each)
        elif isinstance(kind, Requirements):
            for path in _outermost(each.path, including):
                files[path].append(each)
        else:
            files[each.path].append(each)
    found = _joined(list(files.values()))
    alone: list[list[Declaration]] = []
    halves: list[list[Declaration]] = []
    for family in _commands_of_files(commands, documents):
        half = next((each for each in found if _is_half(each, family)), None)
        if half is not None:
            halves.append(half)
            alone.append([*half, *(replace(each, narrowness=COMMAND_SCOPE) for each in family)])
        elif not found or (_is_whole(family) and not _installs_files(family[0], documents)):
            alone.append(family)
    return [*(each for each in found if each not in halves), *alone]


def of_the_worker(
    found: Sequence[list[Declaration]], folder: PurePosixPath
) -> Sequence[list[Declaration]]:
    """Return the families of a project that run the worker: it needs both servers.

    One with Gunicorn alone may be a WSGI project, and one with uvicorn alone a service beside it.
    What the folder of the project itself declares is meant before what folders in it do.
    """
    for kind in (_is_whole, _has_gunicorn, _has_uvicorn):
        if families := [family for family in found if kind(family)]:
            own = [each for each in families if any(lying_in(folder, each))]
            in_files = any(not _is_command(each) for each in own)
            return [each for each in families if not in_files or each in own or _is_command(each)]
    return found


def _is_half(files: Sequence[Declaration], command: Sequence[Declaration]) -> bool:
    """Tell whether files lack one of the servers, which a command installs, and not both."""
    halves = not _names_both(files) and not _names_both(command)
    return halves and _names_both([*files, *command])


def _is_whole(family: Sequence[Declaration]) -> bool:
    return _has_gunicorn(family) and _has_uvicorn(family)


def _names_both(family: Sequence[Declaration]) -> bool:
    """Tell whether both servers are named themselves; uvicorn-worker would bring uvicorn as well."""
    return {"uvicorn", "gunicorn"} <= {each.name for each in family}


def _is_command(family: Sequence[Declaration]) -> bool:
    return isinstance(format_of(family[0].path), PipInstall)


def _has_gunicorn(family: Sequence[Declaration]) -> bool:
    return any(each.name == "gunicorn" for each in family)


def _has_uvicorn(family: Sequence[Declaration]) -> bool:
    return any(each.name != "gunicorn" for each in family)


def _joined(found: list[list[Declaration]]) -> list[list[Declaration]]:
    """Return the families, those of requirements files that lack a server joined in each folder."""
    joined: dict[object, list[Declaration]] = {}
    for family in found:
        path = family[0].path
        is_half = not _names_both(family) and isinstance(format_of(path), Requirements)
        key = path.parent if is_half else (path, len(joined))
        known = joined.setdefault(key, [])
        known += [each for each in family if each not in known]
    return list(joined.values())


def _commands_of_files(
    commands: Mapping[tuple[PurePosixPath, str], list[Declaration]],
    documents: Mapping[PurePosixPath, Document],
) -> list[list[Declaration]]:
    """Return what commands name, those of one script together when each names one of the servers.

    A script that installs what files declare does not name all that it installs.
    """
    found: list[list[Declaration]] = []
    for path in dict.fromkeys(path for path, _ in commands):
        of_file = [family for (other, _), family in commands.items() if other == path]
        together = [each for family in of_file for each in family]
        by_files = any(
            FROM_FILES.search(command["arguments"])
            for command in COMMAND.finditer(documents[path].text)
        )
        is_split = _names_both(together) and not any(map(_names_both, of_file)) and not by_files
        found += [together] if is_split else of_file
    return found


def _including(
    documents: Mapping[PurePosixPath, Document],
) -> dict[PurePosixPath, list[PurePosixPath]]:
    """Return which files include each file."""
    including: dict[PurePosixPath, list[PurePosixPath]] = defaultdict(list)
    for path, document in documents.items():
        if path.suffix in {".txt", ".in", ".pip"}:
            for name in INCLUDED.findall(document.text):
                including[PurePosixPath(normpath(path.parent / name))].append(path)
    return including


def _outermost(
    path: PurePosixPath, including: Mapping[PurePosixPath, Sequence[PurePosixPath]]
) -> list[PurePosixPath]:
    """Return the files that include a file in the end, and that no other includes."""
    seen, waiting, last = {path}, [path], []
    while waiting:
        each = waiting.pop()
        above = [other for other in including.get(each, ()) if other not in seen]
        if not above:
            last.append(each)
        seen.update(above)
        waiting += above
    return sorted(last)


def _installs_files(named: Declaration, documents: Mapping[PurePosixPath, Document]) -> bool:
    command = COMMAND.match(documents[named.path].text, int(named.group))
    return command is not None and FROM_FILES.search(command["arguments"]) is not None
