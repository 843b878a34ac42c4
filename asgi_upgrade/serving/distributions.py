"""Distributions of the project itself: one that lists its packages lacks the library's folder."""

from __future__ import annotations

import re

from asgi_upgrade.serving.model import Advice, Plan
from asgi_upgrade.serving.project import Project
from asgi_upgrade.serving.sources import LIBRARY

NAMES = {"pyproject.toml", "setup.cfg", "setup.py"}
LIST = re.compile(r"^[ \t]*(?:include|packages)[ \t]*=[ \t]*\[[^\]]*\]", re.MULTILINE)
ITEM = re.compile(r"\{[^}]*\}|\"[^\"]*\"|'[^']*'")


def advise_on_distributions(project: Project, plan: Plan) -> None:
    """Tell where the packages of a wheel are listed by their names."""
    package = re.escape(project.settings[0].partition(".")[0])
    # In a list of folders it is the last part of one, such as backend/mysite or mysite*.
    own = re.compile(rf"(?<=[\"'/]){package}(?=[.*/]*[\"'])")
    for path in project.sources.paths:
        if path.name not in NAMES or not project.start.is_relative_to(path.parent):
            continue
        document = project.sources.document(path)
        for found in LIST.finditer(document.text) if document else ():
            items = [item for item in ITEM.findall(found[0]) if own.search(item)]
            if document and items and LIBRARY not in found[0]:
                what = "a wheel of this project has these packages alone, and lacks the library"
                key = found[0].partition("[")[0].strip()
                write = f"{key} [{own.sub(LIBRARY, items[0])}]  # as well"
                line = document.line_of(found.start())
                plan.notes.append(Advice(path, line, what, write, "wheel"))
                break
