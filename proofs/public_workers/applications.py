"""Whole applications of projects, served before and after the run."""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from subprocess import CalledProcessError
from typing import Final, NamedTuple

from uv import find_uv_bin

from asgi_upgrade.dependencies.versions import UnclearError, specifier_set
from asgi_upgrade.model import PACKAGE
from asgi_upgrade.tree import files
from proofs.public_workers.boot import NoBootError, serve_once
from proofs.public_workers.comparison import Compared
from proofs.public_workers.environments import Environments
from proofs.public_workers.pythons import installed
from proofs.public_workers.resolution import WHEELS
from proofs.public_workers.starts import starts

SMALL: Final = 40
"""Packages beside uvicorn-worker; what needs as many or more is not installed as a whole."""

LARGEST: Final = 100_000
"""Bytes of a file that may start a server."""

NAMED: Final = re.compile(r"\bgunicorn\b(?:\\\r?\n|[^\n])*?[\s\"'](?P<name>[a-zA-Z_][\w.]*:\w+)")
"""An application in a command of Gunicorn."""

USUAL: Final = ("main:app", "app.main:app", "src.main:app", "app:app")


class Application(NamedTuple):
    """A module that Gunicorn serves in a folder.

    declaring: the file with all that it needs. python: its version. starting: the file that names
    the worker.
    """

    served: str
    folder: Path
    declaring: PurePosixPath
    python: str
    starting: PurePosixPath


def application_of(tree: Path, compared: Compared) -> Application | None:
    """Return the first application whose module, declarations and worker are in the tree."""
    for name, resolved in compared.resolved.items():
        declaring = PurePosixPath(name)
        for served in (*_named(tree, declaring.parent), *USUAL):
            module = Path(*served.partition(":")[0].split("."))
            for folder in dict.fromkeys(
                (tree / declaring.parent, tree / declaring.parent / "src", tree)
            ):
                is_there = (folder / module).with_suffix(".py").is_file()
                for change in compared.result.changes if is_there else ():
                    path = change.document.path
                    if any(starts(tree, path, change.document.text)):
                        return Application(served, folder, declaring, resolved.python, path)
    return None


def status_of(application: Application, tree: Path, environments: Environments) -> int:
    """Return the status that the first page has, or 0: it is not small, or does not answer."""
    try:
        pins = _pins(tree / application.declaring, application.python)
        if sum(not pin.startswith(PACKAGE) for pin in pins) >= SMALL:
            return 0
        text = (tree / application.starting).read_text("utf-8")
        start = next(starts(tree, application.starting, text))._replace(folder=application.folder)
        programs = environments.of(application.python, pins)
        return serve_once(programs, start, application.served).status
    except (CalledProcessError, NoBootError, UnclearError, tomllib.TOMLDecodeError):
        return 0


def _pins(declaring: Path, python: str) -> tuple[str, ...]:
    """Return all that a file declares, in versions, and Gunicorn, which some platforms bring.

    Raises CalledProcessError.
    """
    of_poetry = _of_poetry(declaring) if declaring.name == "pyproject.toml" else ""
    compile_ = [find_uv_bin(), "pip", "compile", "--quiet", "--no-header", "--no-annotate"]
    where = [*WHEELS, "--python", str(installed()[python])]
    done = subprocess.run(
        [*compile_, *where, "-", *([] if of_poetry else [declaring.name])],
        cwd=declaring.parent, input=f"gunicorn\n{of_poetry}",
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return tuple(done.stdout.splitlines())


def _of_poetry(declaring: Path) -> str:
    """Return what Poetry's own table declares, as pip takes it, or ""."""
    tool = tomllib.loads(declaring.read_text("utf-8")).get("tool", {})
    requirements = []
    for name, value in tool.get("poetry", {}).get("dependencies", {}).items():
        wanted = value if isinstance(value, dict) else {"version": value}
        if name != "python" and not wanted.get("optional"):
            extras = f"[{','.join(wanted['extras'])}]" if "extras" in wanted else ""
            requirements.append(f"{name}{extras}{specifier_set(wanted.get('version', ''))}")
    return "\n".join(requirements)


def _named(tree: Path, folder: PurePosixPath) -> Iterator[str]:
    """Yield the applications that commands in and below a folder give to Gunicorn."""
    for path in files(tree, ()):
        place = tree / path
        if path.is_relative_to(folder) and place.stat().st_size < LARGEST:
            text = place.read_text("utf-8", "replace")
            yield from (found["name"] for found in NAMED.finditer(text))
