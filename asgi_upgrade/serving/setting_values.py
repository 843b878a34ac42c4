"""The settings that a project's modules give a value, as their code has them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from asgi_upgrade.rewriters.python_module import Module
from asgi_upgrade.serving.project import Project


@dataclass(frozen=True)
class Value:
    """A setting, or an entry of a dictionary in one, and the code of its value."""

    name: str
    module: Module
    node: ast.expr

    @property
    def constant(self) -> Any:
        """The value where it is written out; None where it is not."""
        return self.node.value if isinstance(self.node, ast.Constant) else None

    def mentions(self, text: str) -> ast.Constant | None:
        """Return the string in the value that has a text, or None."""
        for node in ast.walk(self.node):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and text in node.value
            ):
                return node
        return None


def setting_values(project: Project) -> Iterator[Value]:
    """Yield all assignments of settings modules, also to items, and entries of dictionaries."""
    for path in project.settings_files():
        if module := project.sources.module(path):
            yield from _values(module)


def _values(module: Module) -> Iterator[Value]:
    for node in module.nodes:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                yield Value(_name(target), module, node.value)
        elif isinstance(node, (ast.AnnAssign, ast.AugAssign)) and node.value is not None:
            yield Value(_name(node.target), module, node.value)
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant):
                    yield Value(str(key.value), module, value)


def _name(target: ast.expr) -> str:
    if isinstance(target, ast.Subscript):
        return str(target.slice.value) if isinstance(target.slice, ast.Constant) else ""
    return target.id if isinstance(target, ast.Name) else ""
