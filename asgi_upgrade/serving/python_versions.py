"""The Python that runs a project: the library needs 3.12."""

from __future__ import annotations

import re
from collections.abc import Iterator

from asgi_upgrade.document import Document
from asgi_upgrade.serving.model import Advice, Plan
from asgi_upgrade.serving.needs import PYTHON, is_old_python
from asgi_upgrade.serving.project import Project

IMAGE = re.compile(
    r"^FROM[ \t]+(?:--\S+[ \t]+)*(?:\S*/)?python:(?P<version>\d+\.\d+)", re.MULTILINE
)
NAMED = {
    "runtime.txt": re.compile(r"python-(?P<version>\d+\.\d+)"),
    ".python-version": re.compile(r"^(?P<version>\d+\.\d+)", re.MULTILINE),
    "Pipfile": re.compile(r"python_(?:full_)?version\s*=\s*\"(?P<version>\d+\.\d+)"),
}
ARGUMENT = re.compile(r"^ARG[ \t]+PYTHON_VERSION=(?P<version>\d+\.\d+)", re.MULTILINE)


def require_new_python(project: Project, plan: Plan) -> None:
    """Ask for a newer Python wherever an older one is named, before anything is written."""
    for document in project.sources.deployment():
        plan.needed += _old(document)


def _old(document: Document) -> Iterator[Advice]:
    name = document.path.name
    patterns = [NAMED[name]] if name in NAMED else []
    if "dockerfile" in name.lower() or name.startswith("Containerfile"):
        patterns = [IMAGE, ARGUMENT]
    for pattern in patterns:
        for found in pattern.finditer(document.text):
            if is_old_python(found["version"]):
                what = (
                    f"asgi_serving needs Python {PYTHON} or newer, and this is {found['version']}"
                )
                write = found[0].strip().replace(found["version"], PYTHON)
                yield Advice(document.path, document.line_of(found.start()), what, write, "python")
