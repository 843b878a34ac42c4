"""What servers call the applications of a project."""

from __future__ import annotations

from asgi_upgrade.serving.project import Project


def application_name(project: Project) -> str:
    """Return what a server loads, such as mysite.asgi:application."""
    return f"{project.name(project.asgi)}:application"


def wsgi_name(project: Project) -> str:
    """Return the name of the WSGI module, or ""."""
    return project.name(project.wsgi) if project.wsgi else ""
