"""What wsgi.py does and asgi.py does not, where Gunicorn has loaded wsgi.py so far."""

from __future__ import annotations

import ast

from asgi_upgrade.model import Edit
from asgi_upgrade.rewriters.python_module import Module
from asgi_upgrade.serving.command_words import commands_in
from asgi_upgrade.serving.model import Advice, Plan
from asgi_upgrade.serving.names import application_name
from asgi_upgrade.serving.project import VARIABLE, Project

WHY = "as in wsgi.py, which was served so far"


def is_served(project: Project) -> bool:
    """Tell whether a server loads the ASGI module already."""
    name = application_name(project).partition(":")[0]
    return any(
        word.text.partition(":")[0] == name
        for document in project.sources.deployment()
        for command in commands_in(document)
        for word in command.words
    )


def take_over(project: Project, module: Module, plan: Plan) -> None:
    """Give asgi.py the settings module of wsgi.py, and ask for what else that does."""
    wsgi = project.sources.module(project.wsgi) if project.wsgi else None
    if wsgi is None:
        return
    own, theirs = _settings(module), _settings(wsgi)
    if own and theirs and own.value != theirs.value:
        name = wsgi.document.text[slice(*wsgi.span(theirs))]
        plan.edits[module.document].append(Edit(*module.span(own), name, WHY))
    if missing := _missing(module, wsgi):
        what = f"{project.wsgi} does more than this file, and Gunicorn is about to load this one"
        plan.needed.append(Advice(module.document.path, 1, what, "\n".join(missing), "wsgi-module"))


def _settings(module: Module) -> ast.Constant | None:
    """Return the one settings module that a file puts into the environment, as its code has it."""
    found = [
        node.args[1]
        for node in module.nodes
        if isinstance(node, ast.Call) and _is_default(node) and len(node.args) > 1
    ]
    only = found[0] if len(found) == 1 else None
    return only if isinstance(only, ast.Constant) else None


def _is_default(node: ast.Call) -> bool:
    first = node.args[0] if node.args else None
    return isinstance(first, ast.Constant) and first.value == VARIABLE


def _missing(module: Module, wsgi: Module) -> list[str]:
    """Return the statements of wsgi.py that asgi.py lacks, such as one that reads a `.env` file."""
    own = {ast.dump(node) for node in module.tree.body}
    lacking = [node for node in wsgi.tree.body if ast.dump(node) not in own and not _is_usual(node)]
    if "sys.path" in module.document.text:  # in words of its own
        lacking = [node for node in lacking if "sys.path" not in ast.unparse(node)]
    if all(isinstance(node, (ast.Import, ast.ImportFrom, ast.Assign)) for node in lacking):
        return []  # names that nothing uses
    return [ast.unparse(node) for node in lacking]


def _is_usual(node: ast.stmt) -> bool:
    """Tell whether a statement is one of Django's own wsgi.py, or a docstring."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    return (
        "get_wsgi_application" in ast.unparse(node)
        or "application" in names
        or any(isinstance(each, ast.Call) and _is_default(each) for each in ast.walk(node))
    )
