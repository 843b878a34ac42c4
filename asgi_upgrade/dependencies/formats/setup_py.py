"""`setup.py`: lists of strings in its code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

from asgi_upgrade.dependencies.declaration import SERVER, Declaration, narrowness
from asgi_upgrade.dependencies.formats import arrays
from asgi_upgrade.dependencies.formats.arrays import Item
from asgi_upgrade.dependencies.formats.requirements import respecify
from asgi_upgrade.document import Document
from asgi_upgrade.model import Edit
from asgi_upgrade.syntax import NOT_PARSED, parse


class SetupPy:
    """What stands in lists: `install_requires`, `extras_require`, or variables for them."""

    def handles(self, path: PurePosixPath) -> bool:
        """Take this one name."""
        return path.name == "setup.py"

    def declarations(self, document: Document) -> Iterator[Declaration]:
        """Yield the packages of all lists."""
        for number, (items, name) in enumerate(lists_of(document)):
            scope = 0 if name in {"", "install_requires", "requires"} else narrowness(name, 1)
            yield from arrays.declared(document, items, SERVER, scope, f"{number} {name}")

    def beside(self, document: Document, declaration: Declaration, specifier: str) -> Edit:
        """Add a string to the list."""
        lists = (items for items, _ in lists_of(document))
        items = next(
            each for each in lists if any(i.start < declaration.start < i.end for i in each)
        )
        return arrays.insert(document, items, declaration, specifier)

    def respecified(self, document: Document, declaration: Declaration, specifier: str) -> Edit:
        """Change the version in its string."""
        return respecify(document, declaration, specifier)


def lists_of(document: Document) -> Iterator[tuple[list[Item], str]]:
    """Yield the plain strings of each list, and what the list is called."""
    try:
        tree = parse(document.text)
    except NOT_PARSED:
        return
    lines = document.text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))

    def offset(line: int, column: int) -> int:
        return starts[line - 1] + len(lines[line - 1].encode()[:column].decode())

    for name, node in _named(tree):
        items = []
        for each in node.elts:
            if isinstance(each, ast.Constant) and isinstance(each.value, str) and each.end_lineno:
                start = offset(each.lineno, each.col_offset)
                end = offset(each.end_lineno, each.end_col_offset or 0)
                if document.text[start + 1 : end - 1] == each.value:  # no prefix, no escape
                    items.append(Item(start, end))
        yield items, name


def _named(tree: ast.Module) -> Iterator[tuple[str, ast.List | ast.Tuple]]:
    kinds = (ast.List, ast.Tuple)
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and isinstance(node.value, kinds):
            yield node.arg or "", node.value
        elif isinstance(node, ast.Assign) and isinstance(node.value, kinds):
            target = node.targets[0]
            yield target.id.lower() if isinstance(target, ast.Name) else "", node.value
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(value, kinds):
                    yield str(key.value) if isinstance(key, ast.Constant) else "", value
