"""Servers that code starts, instead of a command: they read no `gunicorn.conf.py`."""

from __future__ import annotations

import re

from asgi_upgrade.serving.model import Advice, Plan
from asgi_upgrade.serving.names import application_name, wsgi_name
from asgi_upgrade.serving.project import Project
from asgi_upgrade.serving.sources import TESTS

STARTS = re.compile(r"^[ \t]*(?:from|import)[ \t]+gunicorn\.app\b|\buvicorn\.run\(", re.MULTILINE)


def advise_on_code_that_starts(project: Project, plan: Plan) -> None:
    """Tell where code starts a server of this project's application."""
    modules = {wsgi_name(project), application_name(project).partition(":")[0]} - {""}
    named = re.compile("|".join(rf"(?<![\w.]){re.escape(module)}\b" for module in modules))
    for path in project.sources.paths:
        if path.suffix != ".py" or any(map(TESTS.search, path.parts)):
            continue
        document = project.sources.document(path)
        found = STARTS.search(document.text) if document else None
        if document and found and named.search(document.text):
            what = "a server is started by code here, which reads no gunicorn.conf.py"
            line = document.line_of(found.start())
            write = "gunicorn  # which reads gunicorn.conf.py"
            plan.notes.append(Advice(path, line, what, write, "other-servers"))
