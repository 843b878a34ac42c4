"""The ASGI module: `asgi_serving.asgi` in the place of `django.core.asgi`."""

from __future__ import annotations

import ast
import re

from asgi_upgrade.model import Edit
from asgi_upgrade.rewriters.python_module import Module
from asgi_upgrade.serving.application import edits_for_lifespan
from asgi_upgrade.serving.model import Advice, Plan
from asgi_upgrade.serving.project import Project
from asgi_upgrade.serving.wsgi_module import is_served, take_over

OLD, NEW = "django.core.asgi", "asgi_serving.asgi"
FUNCTION = "get_asgi_application"
WHY = "it serves probes, static files and WebSockets, and Django on lanes"
IMPORT = f"from {NEW} import {FUNCTION}"

CONFIGURATIONS = "configurations.asgi"
"""django-configurations: its module installs an importer before it makes the application."""

MODULE = '''\
"""The ASGI application of {name}."""

import os

{line}

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "{settings}")

application = {function}()
'''


def serve_by_library(project: Project, plan: Plan) -> None:
    """Let the ASGI module make the library's application; write one where there is none."""
    module = project.sources.module(project.asgi)
    if module is not None:
        _change(project, module, plan)
    elif project.asgi in project.sources:
        what = "this file cannot be parsed"
        plan.needed.append(Advice(project.asgi, 1, what, IMPORT, "asgi-module"))
    else:
        _create(project, plan)


def _change(project: Project, module: Module, plan: Plan) -> None:
    path = module.document.path
    imports = [node for node in module.nodes if isinstance(node, ast.ImportFrom)]
    if any((node.module or "") == NEW for node in imports):
        return
    old = [node for node in imports if node.module in {OLD, CONFIGURATIONS}]
    if len(old) != 1 or [each.name for each in old[0].names] != [FUNCTION]:
        what = f"{FUNCTION} is not imported from {OLD} here"
        plan.needed.append(Advice(path, 1, what, IMPORT, "asgi-module"))
        return
    found = edits_for_lifespan(module, old[0].names[0].asname or FUNCTION)
    if isinstance(found, Advice):
        plan.needed.append(found)
        return
    plan.edits[module.document] += [_import_edit(module, old[0]), *found]
    if not is_served(project):
        take_over(project, module, plan)


def _import_edit(module: Module, node: ast.ImportFrom) -> Edit:
    start, end = module.span(node)
    statement = module.document.text[start:end]
    if node.module == CONFIGURATIONS:
        newline = module.document.newline
        setup = f"import configurations{newline}{newline}configurations.setup(){newline}"
        return Edit(start, end, setup + statement.replace(CONFIGURATIONS, NEW), WHY)
    found = re.search(re.escape(OLD), statement)
    at = start + (found.start() if found else 0)
    return Edit(at, at + len(OLD), NEW, WHY)


def _create(project: Project, plan: Plan) -> None:
    """Write asgi.py as wsgi.py is; one that does more than Django's own is for a person."""
    wsgi = project.sources.module(project.wsgi) if project.wsgi else None
    settings = project.settings[0]
    if wsgi is None:
        package = project.name(project.asgi).rpartition(".")[0] or "this project"
        text = MODULE.format(name=package, line=IMPORT, settings=settings, function=FUNCTION)
        plan.created[project.asgi] = text.encode()
        return
    text = _as_asgi(wsgi.document.text)
    if _wraps(wsgi):
        what = (
            "this file does not hand on what get_wsgi_application returns, and there is no asgi.py"
        )
        write = MODULE.format(
            name="this project", line=IMPORT, settings=settings, function=FUNCTION
        )
        write = f"{project.asgi}:\n{write}"
        plan.needed.append(Advice(wsgi.document.path, 1, what, write, "wsgi-module"))
    else:
        plan.created[project.asgi] = wsgi.document.encode(text)


def _as_asgi(text: str) -> str:
    text = text.replace("django.core.wsgi", NEW).replace("get_wsgi_application", FUNCTION)
    return text.replace("WSGI", "ASGI").replace("wsgi", "asgi")


def _wraps(wsgi: Module) -> bool:
    """Tell whether wsgi.py makes its application in another way than Django's does."""
    plain = re.compile(r"application = get_wsgi_application\(\)")
    made = [
        ast.unparse(node)
        for node in wsgi.tree.body
        if "application" in {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        or (isinstance(node, ast.FunctionDef) and node.name == "application")
    ]
    imports = {node.module for node in wsgi.nodes if isinstance(node, ast.ImportFrom)}
    return len(made) != 1 or not plain.fullmatch(made[0]) or "django.core.wsgi" not in imports
