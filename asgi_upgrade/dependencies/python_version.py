"""The Python that a project runs on, as its images and its files say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from asgi_upgrade.dependencies.formats.toml_spans import values
from asgi_upgrade.dependencies.versions import PYTHONS, UnclearError, specifier_set
from asgi_upgrade.document import Document

IMAGE = re.compile(
    r"^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)*\S*?\bpython:?-?(?P<version>\d\.\d+|\$\{?(?P<argument>\w+))",
    re.MULTILINE | re.IGNORECASE,
)
"""An image of Python, or one whose tag names it; the version may be an argument."""

IMAGES = ("Dockerfile", "Containerfile")
EXACT = re.compile(r"^(?:python-)?(\d\.\d+)", re.MULTILINE)
"""What `.python-version` and Heroku's `runtime.txt` hold."""

SETUP = re.compile(r"python_requires\s*=\s*(?P<quote>[\"']?)(?P<range>[^\"'\n]+)(?P=quote)")
"""Of `setup.py` and `setup.cfg`."""

KEYS = {
    ("project", "requires-python"),
    ("tool.poetry.dependencies", "python"),
    ("requires", "python_version"),
    ("requires", "python_full_version"),
}
"""Tables and keys of `pyproject.toml` and Pipfile."""


@dataclass(frozen=True)
class Statement:
    """A version or a range of Python that a line states."""

    path: PurePosixPath
    line: int
    versions: frozenset[str]
    text: str
    is_range: bool

    @property
    def is_locked(self) -> bool:
        """Whether a tool makes a lock for all of the range, whatever the project runs on."""
        return self.is_range and self.path.name == "pyproject.toml"


@dataclass(frozen=True)
class PythonOfProject:
    """What the files of a project state."""

    statements: tuple[Statement, ...]

    @classmethod
    def of(
        cls, folder: PurePosixPath, documents: Mapping[PurePosixPath, Document]
    ) -> PythonOfProject:
        """Return what stands in and below a folder, or else in the nearest one above that tells."""
        found = [each for document in documents.values() for each in _statements(document)]
        for around in (folder, *folder.parents):
            near = [each for each in found if each.path.is_relative_to(around)]
            if around != folder:
                near = [each for each in near if each.path.parent == around]
            if near:
                return cls(tuple(near))
        return cls(())

    def too_old(self, oldest: str) -> Statement | None:
        """Return a statement by which nothing of the project runs on a version or a newer one."""
        exact = [each for each in self.statements if not each.is_range]
        old = [each for each in self.statements if not _reaches(each, oldest)]
        whole = all(each in old for each in exact)
        return next((each for each in old if each.is_range or whole), None)

    def installed(self, version: str, place: PurePosixPath) -> Statement | None:
        """Return a statement by which what a file declares is installed, or locked, for a version."""
        certain = [
            each
            for each in self.statements
            if not each.is_range or (each.is_locked and each.path == place)
        ]
        return next((each for each in certain if version in each.versions), None)

    def allows(self, version: str, place: PurePosixPath) -> bool:
        """Tell whether a version has to do; a range matters where nothing tells what is installed."""
        exact = [each for each in self.statements if not each.is_range]
        return self.installed(version, place) is not None or (
            not exact and any(version in each.versions for each in self.statements)
        )


def tells_python(path: PurePosixPath) -> bool:
    """Tell whether a file may name the Python alone, without a package."""
    return path.name in {"runtime.txt", ".python-version"} or path.name.startswith(IMAGES)


def _reaches(statement: Statement, oldest: str) -> bool:
    return any(PYTHONS.index(each) >= PYTHONS.index(oldest) for each in statement.versions)


def _statements(document: Document) -> Iterator[Statement]:
    name = document.path.name
    if name.startswith(IMAGES):
        yield from _of_images(document)
    elif tells_python(document.path):
        if found := EXACT.search(document.text):
            yield from _statement(document, found.start(), f"=={found[1]}.*", is_range=False)
    elif name in {"setup.py", "setup.cfg"}:
        for found in SETUP.finditer(document.text):
            yield from _statement(document, found.start(), found["range"].strip(), is_range=True)
    elif name in {"pyproject.toml", "Pipfile"}:
        yield from _of_tables(document)


def _of_images(document: Document) -> Iterator[Statement]:
    for image in IMAGE.finditer(document.text):
        version = image["version"]
        if argument := image["argument"]:
            default = re.search(rf"\bARG[ \t]+{argument}=[\"']?(\d\.\d+)", document.text)
            version = default[1] if default else ""
        yield from _statement(document, image.start(), f"=={version}.*", is_range=False)


def _of_tables(document: Document) -> Iterator[Statement]:
    for value in values(document.text):
        if (value.table, value.key) in KEYS:
            written = document.text[value.start : value.end].strip("\"'")
            exact = EXACT.match(written) if value.table == "requires" else None
            specifier = f"=={exact[1]}.*" if exact else written
            yield from _statement(document, value.start, specifier, is_range=not exact)


def _statement(
    document: Document, offset: int, specifier: str, *, is_range: bool
) -> Iterator[Statement]:
    try:
        allowed = specifier_set(specifier)
    except UnclearError:  # an argument without a default, or a template
        return
    versions = frozenset(
        each for each in PYTHONS if allowed.contains(each) or allowed.contains(f"{each}.30")
    )
    line = document.text.split("\n")[document.line_of(offset) - 1].strip()
    if versions:
        yield Statement(document.path, document.line_of(offset), versions, line, is_range)
