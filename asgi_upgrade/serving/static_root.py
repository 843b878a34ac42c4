"""`STATIC_ROOT` of a new project: without it, the admin has no style once `DEBUG` is off."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from asgi_upgrade.model import Edit
from asgi_upgrade.rewriters.python_module import Module
from asgi_upgrade.serving.model import Advice, Plan
from asgi_upgrade.serving.project import Project

LINE = 'STATIC_ROOT = BASE_DIR / "staticfiles"'
WHY = "where collectstatic puts what is served once DEBUG is off"


def set_static_root(project: Project, plan: Plan) -> None:
    """Set it where the settings are those of `startproject`; elsewhere tell of it."""
    modules = [m for path in project.settings_files() if (m := project.sources.module(path))]
    names = {name for module in modules for name, _ in _values(module)}
    if "STATIC_ROOT" in names or "STATIC_URL" not in names:
        return
    for module in modules:
        values = dict(_values(module))
        url, debug = values.get("STATIC_URL"), values.get("DEBUG")
        if url is None:
            continue
        is_new = isinstance(debug, ast.Constant) and debug.value is True
        is_new = is_new and isinstance(url, ast.Constant)
        if is_new and len(modules) == 1 and _is_path(values.get("BASE_DIR")):
            end = module.span(url)[1]
            text, newline = module.document.text, module.document.newline
            following = text.find("\n", end)
            at = following + 1 if following >= 0 else len(text)
            setting = LINE.replace('"', text[module.span(url)[0]])
            line = f"{setting}{newline}" if following >= 0 else f"{newline}{setting}"
            plan.edits[module.document].append(Edit(at, at, line, WHY))
        else:
            what = "STATIC_ROOT is not set: no static files are served while DEBUG is off"
            write = f"{LINE}  # and run manage.py collectstatic before the server starts"
            path = module.document.path
            plan.notes.append(Advice(path, url.lineno, what, write, "collectstatic"))
        return


def _values(module: Module) -> Iterator[tuple[str, ast.expr]]:
    for node in module.tree.body:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    yield target.id, node.value


def _is_path(node: ast.expr | None) -> bool:
    return node is not None and ast.unparse(node).startswith("Path(")
