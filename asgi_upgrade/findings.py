"""What is wrong besides the migration: it is told, and not changed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from asgi_upgrade.document import Document
from asgi_upgrade.model import Finding
from asgi_upgrade.syntax import NOT_PARSED, parse

UPPER_CASE = re.compile(r"^(WORKER_CLASS|Worker_Class)\s*=", re.MULTILINE)

WORDS = (b"CONN_MAX_AGE", b"ATOMIC_REQUESTS", b"LOGGING", b"WORKER_CLASS")
"""A file with none of these holds no finding."""


def findings(document: Document) -> Iterator[Finding]:
    """Yield what a Django settings module or a configuration of Gunicorn does wrong under ASGI."""
    if document.path.suffix != ".py":
        return
    if "gunicorn" in document.path.name:
        for match in UPPER_CASE.finditer(document.text):
            what = f"Gunicorn ignores {match[1]}: its settings are lower case, and it runs sync"
            yield Finding(document.line_of(match.start()), what, "upper-case-settings")
    if "settings" not in document.path.as_posix():
        return
    try:
        tree = parse(document.text)
    except NOT_PARSED:
        return
    for name, value, line in _settings(tree):
        if name == "CONN_MAX_AGE" and not _is_zero(value):
            what = "CONN_MAX_AGE keeps connections that no other request finds under ASGI"
            yield Finding(line, what, "conn-max-age")
        elif name == "ATOMIC_REQUESTS" and not _is_false(value):
            yield Finding(line, "ATOMIC_REQUESTS makes async views a 500", "atomic-requests")
        elif name == "LOGGING" and isinstance(value, ast.Dict) and not _keeps_loggers(value):
            what = "LOGGING disables existing loggers, so the lines of the workers vanish"
            yield Finding(line, what, "disable-existing-loggers")


def _settings(tree: ast.Module) -> Iterator[tuple[str, ast.expr, int]]:
    """Yield name, value and line of what is assigned, also to an item, or stands in a dict."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                yield _name(target), node.value, node.lineno
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            yield _name(node.target), node.value, node.lineno
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if key is not None:
                    yield _text(key), value, key.lineno


def _name(target: ast.expr) -> str:
    if isinstance(target, ast.Subscript):
        return _text(target.slice)
    return target.id if isinstance(target, ast.Name) else ""


def _text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _is_zero(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value == 0 and value.value is not None


def _is_false(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and not value.value


def _keeps_loggers(value: ast.Dict) -> bool:
    return any(
        key is not None and _text(key) == "disable_existing_loggers" and _is_false(each)
        for key, each in zip(value.keys, value.values, strict=True)
    ) or any(key is None for key in value.keys)
