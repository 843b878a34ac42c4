"""Whether Gunicorn serves by what each project has become."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from subprocess import CalledProcessError

import httpx

from asgi_upgrade.model import NEW_MODULE, OLD_MODULE
from asgi_upgrade.result import Change
from asgi_upgrade.writer import replace, write
from proofs.public_workers.applications import application_of, status_of
from proofs.public_workers.boot import boot
from proofs.public_workers.comparison import Compared
from proofs.public_workers.environments import Environments
from proofs.public_workers.resolution import Resolved
from proofs.public_workers.starts import Start, starts


def serve(tree: Path, compared: Compared, environments: Environments) -> Iterator[str]:
    """Write what the tool has changed, start Gunicorn by each file that declares it, and count.

    A whole application is served before and after that. Yields a sentence for each that serves no
    more.
    """
    figures, after = compared.figures, compared.result.changes
    application = application_of(tree, compared)
    status = status_of(application, tree, environments) if application else 0
    write(tree, after)
    if application and 0 < status < httpx.codes.INTERNAL_SERVER_ERROR:
        figures["applications"] += 1
        print(f"{application.served} answers ...\n", end="", file=sys.stderr, flush=True)
        if (now := status_of(application, tree, environments)) == status:
            figures["applications afterwards"] += 1
        else:
            yield f"{application.served} answers with {now or 'nothing'}, and with {status} before"
    for path, resolved in compared.resolved.items():
        figures["another Python"] += resolved.python != resolved.theirs
        places = places_of(path, compared.resolved, after)
        ways = list(_distinct(tree, places))
        if not ways:
            yield f"{path}: none of the files that it is for names the class"
            continue
        problem = _boots(ways, resolved, environments, NEW_MODULE)
        if not problem:
            figures["booted"] += 1
            continue
        for change in after:
            replace(tree / change.document.path, change.document.encode(change.document.text))
        former = list(_distinct(tree, [Change(place.document, []) for place in places]))
        if _boots(former, resolved, environments, OLD_MODULE):
            figures["not before"] += 1
            print(f"{path} did not boot before either: {problem}", file=sys.stderr, flush=True)
        else:
            yield f"{path} with {' '.join(resolved.pins)} on Python {resolved.python}: {problem}"
        write(tree, after)


def places_of(path: str, declaring: Iterable[str], changes: Iterable[Change]) -> list[Change]:
    """Return the changed files whose servers a file declares: those of the nearest folder around.

    A file that has none of the folders around it belongs to all.
    """
    folders = {PurePosixPath(each).parent for each in declaring}
    found = []
    for change in changes:
        around = [folder for folder in change.document.path.parents if folder in folders]
        if not around or around[0] == PurePosixPath(path).parent:
            found.append(change)
    return found


def _boots(
    ways: Iterable[Start], resolved: Resolved, environments: Environments, module: str
) -> str:
    """Return why Gunicorn does not serve in one of the ways that files name a module, or ""."""
    try:
        programs = environments.of(resolved.python, resolved.pins)
    except CalledProcessError as error:
        return f"its packages cannot be installed: {error.stderr.decode('utf-8', 'replace')}"
    for start in ways:
        if problem := boot(programs, start, module):
            return f"gunicorn {' '.join(start.arguments)}: {problem}"
    return ""


def _distinct(tree: Path, places: Iterable[Change]) -> Iterator[Start]:
    """Yield each way to start once."""
    found: dict[object, Start] = {}
    for place in places:
        for start in starts(tree, place.document.path, place.text):
            found.setdefault((start.arguments, start.variables), start)
    yield from found.values()
