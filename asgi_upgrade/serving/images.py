"""Images: what of the project is copied into them, and what they start."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from asgi_upgrade.document import Document
from asgi_upgrade.serving.model import Advice, Plan
from asgi_upgrade.serving.project import Project
from asgi_upgrade.serving.setting_values import setting_values
from asgi_upgrade.serving.sources import LIBRARY
from asgi_upgrade.serving.start_commands import CONFIGURATION, Started

COPY = re.compile(r"^(?:COPY|ADD)[ \t]+(?P<words>(?:\\\r?\n|[^\n])+)", re.MULTILINE)
RUNSERVER = re.compile(r"manage\.py[\"', \t]+runserver\b")
OTHERS = re.compile(
    r"^\s*(?:module|wsgi-file)\s*=\s*\S*wsgi|\b(?:waitress-serve|granian)\s[^\n]*\b[aw]sgi\b",
    re.MULTILINE,
)
STARTS = re.compile(
    r"dockerfile|containerfile|compose|procfile|\.service$|start|entrypoint", re.IGNORECASE
)
"""In the name of a file that starts something, and not only while somebody develops."""


def advise_on_images(project: Project, plan: Plan, started: Started) -> None:
    """Tell of images without the library's folder, of other servers, and of runserver in production."""
    collected = False
    for document in project.sources.deployment():
        collected = collected or "collectstatic" in document.text
        if is_dockerfile(document.path):
            plan.decisions += _copied(document, project)
        plan.notes += _other_servers(document, started)
    if started.found and not collected and _has_static_root(project):
        what = "STATIC_ROOT is set, and nothing here runs collectstatic: no worker starts then"
        write = "python manage.py collectstatic --no-input  # before the server starts"
        advice = Advice(project.start / "manage.py", 1, what, write, "collectstatic")
        # Platforms that read a Procfile collect by themselves.
        by_platform = any(path.name == "Procfile" for path in project.sources.paths)
        (plan.notes if by_platform else plan.decisions).append(advice)


def is_dockerfile(path: PurePosixPath) -> bool:
    """Tell whether an image is made by this file."""
    return "dockerfile" in path.name.lower() or path.name.startswith("Containerfile")


def _copied(document: Document, project: Project) -> Iterator[Advice]:
    """Yield an image that gets the project's package by its name, and not the library."""
    package = project.settings[0].partition(".")[0]
    place = (project.home / LIBRARY).as_posix()
    for found in COPY.finditer(document.text):
        sources = [word.strip("\"',[]").rstrip("/") for word in found["words"].split()[:-1]]
        if (project.home / package).as_posix() in [each.removeprefix("./") for each in sources]:
            if LIBRARY in document.text:
                return
            write = found[0].replace(package, LIBRARY)
            if CONFIGURATION not in document.text:
                write += f"\nCOPY {project.start / CONFIGURATION} ./"
            what = f"{place}/ is not copied into this image, and it will not start without it"
            yield Advice(document.path, document.line_of(found.start()), what, write, "image")
            return


def _other_servers(document: Document, started: Started) -> Iterator[Advice]:
    if found := OTHERS.search(document.text):
        what = "another server than Gunicorn is started here"
        line = document.line_of(found.start())
        write = "gunicorn  # which reads gunicorn.conf.py"
        yield Advice(document.path, line, what, write, "other-servers")
    is_start = STARTS.search(document.path.name) and not started.found
    if is_start and (found := RUNSERVER.search(document.text)):
        what = "the development server is started here, which is not for production"
        line = document.line_of(found.start())
        yield Advice(document.path, line, what, "gunicorn", "runserver")


def _has_static_root(project: Project) -> bool:
    return any(each.name == "STATIC_ROOT" for each in setting_values(project))
