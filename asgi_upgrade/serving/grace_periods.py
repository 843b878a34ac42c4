"""Compose files: how long a container may take to stop, next to how long its requests may."""

from __future__ import annotations

import re

from asgi_upgrade.document import Document
from asgi_upgrade.serving.gunicorn_file import LIMITS
from asgi_upgrade.serving.images import is_dockerfile
from asgi_upgrade.serving.model import Advice, Plan
from asgi_upgrade.serving.project import Project
from asgi_upgrade.serving.start_commands import Started

COMPOSE = re.compile(r"(?:docker-)?compose\b.*\.ya?ml$", re.IGNORECASE)
BUILD = re.compile(r"^[ \t]+build:", re.MULTILINE)
OWN = re.compile(r"\bstop_grace_period\b")

UNTIL_KILLED = 10
"""How long Compose waits for a container that it has told to stop, in seconds.

Reference of the Compose file, services, `stop_grace_period`.
"""

ROOM = 10
"""How much longer than Gunicorn a container may take, in seconds: it cancels what is left, and ends."""


def advise_on_grace_periods(project: Project, plan: Plan, started: Started) -> None:
    """Tell of containers that Compose kills while Gunicorn still waits for requests."""
    patience = started.limits.get("graceful_timeout", LIMITS["graceful_timeout"][0])
    if patience < UNTIL_KILLED:
        return
    what = (
        f"a container is killed {UNTIL_KILLED} seconds after it is told to stop, and requests may "
        f"take {patience}"
    )
    write = f"stop_grace_period: {patience + ROOM}s"
    for document in project.sources.deployment():
        if not COMPOSE.match(document.path.name) or OWN.search(document.text):
            continue
        if line := _line_of_server(document, started):
            plan.notes.append(Advice(document.path, line, what, write, "grace-period"))


def _line_of_server(document: Document, started: Started) -> int:
    """Return the line at which the server is started, or its image is built; 0 for none."""
    for path, line in started.places:
        if path == document.path:
            return line
    in_image = any(is_dockerfile(path) for path, _ in started.places)
    found = BUILD.search(document.text) if in_image else None
    return document.line_of(found.start()) if found else 0
