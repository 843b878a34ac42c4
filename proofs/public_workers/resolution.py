"""What a resolver makes of the versions that a project declares after the run."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from packaging.version import Version
from uv import find_uv_bin

from asgi_upgrade.dependencies.declaration import Declaration
from asgi_upgrade.dependencies.formats import format_of
from asgi_upgrade.dependencies.formats.requirements import Requirements
from asgi_upgrade.dependencies.versions import BOUNDARY, specifier_set
from asgi_upgrade.document import Document
from asgi_upgrade.engine import Result
from asgi_upgrade.model import PACKAGE
from proofs.public_workers.pythons import installed, nearest, python_of

PIN: Final = re.compile(
    r"^[ \t]*[\"']?(?P<name>[A-Za-z0-9][\w.-]*)(?:\[[^\]\n]*\])?[ \t]*==[ \t]*(?P<version>\w[\w.]*)",
    re.MULTILINE,
)
"""A version of any package, in requirements and in arrays."""

EXTRAS: Final = re.compile(r"\[[\"' ]*([\w-]+)[^\]]*\]")

WHEELS: Final = ("--only-binary", ":all:")

SETUPTOOLS: Final = "setuptools<81"
"""Newer ones have no `pkg_resources`, which Gunicorn before 21 imports."""


class Resolved(NamedTuple):
    """What is installed for the servers that a file declares.

    pins: all packages, each with its version. python: what they are for, such as "3.12", and
    theirs: what the project names. problem: why it cannot be installed or served, or "".
    """

    pins: tuple[str, ...]
    python: str
    theirs: str
    problem: str = ""


def resolve(tree: Path, path: str, result: Result) -> Resolved:
    """Return what the servers that a file declares with its neighbours become after the run."""
    texts = {change.document.path: change.text for change in result.changes}
    found: dict[str, str] = {}
    pins: dict[str, str] = {}
    for other in (PurePosixPath(path), *_neighbours(tree, path)):
        kind = format_of(other)
        if kind is None:
            continue
        text = texts.get(other) or (tree / other).read_text("utf-8", "replace")
        for each in kind.declarations(Document(other, text, "utf-8")):
            found.setdefault(each.name, _requirement(each, text))
        for pin in PIN.finditer(text):
            pins.setdefault(pin["name"], f"{pin['name']}=={pin['version']}")
    theirs = python_of(tree, PurePosixPath(path))
    python = nearest(theirs)
    wanted = list(found.values())
    # Pins that contradict each other, or have no wheel for this Python, have done so before.
    for others, options in (
        ([*pins.values(), SETUPTOOLS], WHEELS),
        ([SETUPTOOLS], WHEELS),
        ([SETUPTOOLS], ()),
    ):
        locked = _compiled(wanted, others, [*options, "--python", str(installed()[python])])
        if locked:
            break
    else:
        return Resolved((), python, theirs, f"{' '.join(wanted)} does not resolve on {python}")
    return Resolved(tuple(locked), python, theirs, _contradiction(locked))


def _requirement(each: Declaration, text: str) -> str:
    """Return a declaration as pip takes it, with its extras."""
    extras = EXTRAS.search(text[each.start : each.end])
    return f"{each.name}{f'[{extras[1]}]' if extras else ''}{specifier_set(each.specifier)}"


def _compiled(wanted: Sequence[str], others: Sequence[str], options: Sequence[str]) -> list[str]:
    """Return the versions of all packages, or none when there are no such ones."""
    with tempfile.TemporaryDirectory() as folder:
        requirements, constraints = Path(folder, "requirements.in"), Path(folder, "constraints.txt")
        requirements.write_text("\n".join(wanted), "utf-8")
        constraints.write_text("\n".join(others), "utf-8")
        compile_ = [find_uv_bin(), "pip", "compile", "--quiet", "--no-header", "--no-annotate"]
        done = subprocess.run(
            [*compile_, *options, "--constraints", str(constraints), str(requirements)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    return done.stdout.splitlines() if done.returncode == 0 else []


def _contradiction(locked: Sequence[str]) -> str:
    """Return which versions do not serve together, or ""."""
    versions = dict(re.split(r"==|\s*;", line)[:2] for line in locked)
    uvicorn, worker = versions["uvicorn"], versions[PACKAGE]
    if (Version(uvicorn) >= BOUNDARY) != (Version(worker) >= Version("0.4")):
        return f"uvicorn {uvicorn} and {PACKAGE} {worker} do not serve together"
    return ""


def _neighbours(tree: Path, path: str) -> Iterator[PurePosixPath]:
    """Yield the files beside one that may declare the other half: requirements include each other."""
    if not isinstance(format_of(PurePosixPath(path)), Requirements):
        return
    for each in sorted((tree / path).parent.iterdir()):
        relative = PurePosixPath(each.relative_to(tree).as_posix())
        if each.is_file() and each.suffix == ".txt" and format_of(relative) is not None:
            yield relative
