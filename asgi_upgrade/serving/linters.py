"""A project's own linters: the library's folder is none of their business."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from asgi_upgrade.serving.model import Advice, Plan
from asgi_upgrade.serving.project import Project
from asgi_upgrade.serving.sources import LIBRARY

TOOLS = {
    "[tool.ruff": f'extend-exclude = ["{LIBRARY}"]',
    "[tool.mypy": f'exclude = ["^{LIBRARY}/"]',
    "[tool.black": f'extend-exclude = "{LIBRARY}/"',
    "[tool.isort": f'extend_skip = ["{LIBRARY}"]',
    "[tool.coverage.run": f'omit = ["{LIBRARY}/*"]',
}
"""By the table of pyproject.toml that configures a tool: the line that leaves the folder out."""


def advise_on_linters(project: Project, plan: Plan) -> None:
    """Tell how the tools that are configured leave the folder out."""
    path = PurePosixPath("pyproject.toml")
    document = project.sources.document(path)
    if document is None or LIBRARY in document.text.replace("asgi_serving needs", ""):
        return
    tables = {
        f"{table}]": found.start()
        for table in TOOLS
        if (found := re.search(rf"^{re.escape(table)}\]", document.text, re.MULTILINE))
    }
    if tables:
        what = "the library's folder is as it was released, and is not for your linters"
        lines = [f"{table} {TOOLS[table[:-1]]}" for table in tables]
        line = document.line_of(min(tables.values()))
        plan.notes.append(Advice(path, line, what, "\n".join(lines), "linters"))
