"""The plan for a project: all that its parts need, and nothing is written yet."""

from __future__ import annotations

from asgi_upgrade.serving.advice import advise
from asgi_upgrade.serving.asgi_module import serve_by_library
from asgi_upgrade.serving.dependencies import declare
from asgi_upgrade.serving.gunicorn_file import write_gunicorn_file
from asgi_upgrade.serving.installed_apps import add_app
from asgi_upgrade.serving.library import add_library
from asgi_upgrade.serving.model import Plan
from asgi_upgrade.serving.project import Project
from asgi_upgrade.serving.start_commands import change_commands
from asgi_upgrade.serving.static_root import set_static_root


def make_plan(project: Project) -> Plan:
    """Return what lets the library serve a project. Raises CannotWorkError."""
    plan = Plan()
    declare(project, plan)
    add_library(project, plan)
    add_app(project, plan)
    serve_by_library(project, plan)
    started = change_commands(project, plan)
    write_gunicorn_file(project, plan, started)
    set_static_root(project, plan)
    advise(project, plan, started)
    return plan
