"""`config/websocket.py` from the form of 0.1, a dictionary of paths, to that of 0.2, a list of routes."""

from __future__ import annotations

import ast

IMPORT = "from serving.types import Application\n"
ANNOTATION = "dict[str, Application]"


def with_routes(text: str) -> str:
    """Return the module with a list of routes, or as it is where it has another form."""
    try:
        module = ast.parse(text)
    except SyntaxError:
        return text
    for node in module.body:
        if (
            isinstance(node, ast.AnnAssign)
            and isinstance(node.target, ast.Name)
            and node.target.id == "routes"
            and ast.unparse(node.annotation) == ANNOTATION
            and isinstance(node.value, ast.Dict)
            and IMPORT in text
        ):
            old = ast.get_source_segment(text, node) or ""
            new = _routes(text, node.value)
            if new is None:
                return text
            names = "Routes, websocket" if node.value.keys else "Routes"
            return text.replace(old, f"routes: Routes = {new}").replace(
                IMPORT, f"from asgi_serving.routing import {names}\n"
            )
    return text


def _routes(text: str, routes: ast.Dict) -> str | None:
    """Return the list as code, or None where a path is no plain text."""
    lines = []
    for key, value in zip(routes.keys, routes.values, strict=True):
        if not (isinstance(key, ast.Constant) and isinstance(key.value, str)):
            return None
        path = key.value.removeprefix("/").replace('"', '\\"')
        lines.append(f'websocket("{path}", {ast.get_source_segment(text, value)})')
    if len(lines) < 2:  # noqa: PLR2004 - one fits into the line
        return f"[{''.join(lines)}]"
    return "[\n" + "".join(f"    {line},\n" for line in lines) + "]"
