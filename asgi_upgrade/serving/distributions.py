"""Distributions of the project itself: one that lists its packages lacks the library's folder."""

from __future__ import annotations

import re

from asgi_upgrade.serving.model import Advice, Plan
from asgi_upgrade.serving.project import Project
from asgi_upgrade.serving.sources import LIBRARY

NAMES = {"pyproject.toml", "setup.cfg", "setup.py"}


def advise_on_distributions(project: Project, plan: Plan) -> None:
    """Tell where the packages of a wheel are listed by their names."""
    package = project.settings[0].partition(".")[0]
    listed = re.compile(
        rf"^[ \t]*(?:include|packages)[ \t]*=[ \t]*\[[^\]]*[\"'](?:src/)?{re.escape(package)}\b[^\]]*\]",
        re.MULTILINE,
    )
    for path in project.sources.paths:
        if path.name not in NAMES or not project.start.is_relative_to(path.parent):
            continue
        document = project.sources.document(path)
        found = listed.search(document.text) if document else None
        if document and found and LIBRARY not in found[0]:
            what = "a wheel of this project has these packages alone, and lacks the library"
            write = found[0].strip().replace(package, LIBRARY)
            line = document.line_of(found.start())
            plan.notes.append(Advice(path, line, what, f"{write}  # as well", "wheel"))
