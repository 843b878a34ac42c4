"""`pyproject.toml` of PEP 621, PEP 735, Poetry, pdm, hatch and uv; and Pipfile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from asgi_upgrade.dependencies.declaration import (
    SERVER,
    WHY,
    WHY_LATEST,
    Declaration,
    line_before,
    line_bounds,
    narrowness,
    normalised,
)
from asgi_upgrade.dependencies.formats import arrays
from asgi_upgrade.dependencies.formats.requirements import respecify
from asgi_upgrade.dependencies.formats.toml_spans import Value, values
from asgi_upgrade.document import Document
from asgi_upgrade.model import PACKAGE, Edit

ARRAYS = re.compile(
    r"^(project\.dependencies|project\.optional-dependencies\..+|dependency-groups\..+"
    r"|tool\.pdm\.dev-dependencies\..+|tool\.uv\.dev-dependencies"
    r"|tool\.hatch\.envs\.[^.]+\.(extra-)?dependencies)$"
)
TABLES = re.compile(
    r"^(tool\.poetry(\.group\.[^.]+)?\.(dev-)?dependencies|packages|dev-packages"
    r"|tool\.pixi\.(pypi-)?dependencies)$"
)
VERSION = re.compile(r"version\s*=\s*([\"'])(?P<inner>.*?)\1|^([\"'])(?P<whole>.*?)\3$")


class Pyproject:
    """Strings of arrays, and keys of Poetry's and Pipenv's tables."""

    def handles(self, path: PurePosixPath) -> bool:
        """Take both files, also where they are templates."""
        return path.name in {"pyproject.toml", "Pipfile"}

    def declarations(self, document: Document) -> Iterator[Declaration]:
        """Yield the packages of all tables that declare dependencies."""
        for value in values(document.text):
            where = f"{value.table}.{value.key}" if value.table else value.key
            if value.items is not None and ARRAYS.match(where):
                everybody = where == "project.dependencies"
                scope = 0 if everybody else narrowness(where.rpartition(".")[2], 1)
                if where.startswith(("tool.uv", "tool.hatch")):  # pdm calls all groups so
                    scope = narrowness(where, 1)
                yield from arrays.declared(document, value.items, SERVER, scope, where)
            elif TABLES.match(value.table) and normalised(value.key) in SERVER:
                yield _of_table(document, value)

    def beside(self, document: Document, declaration: Declaration, specifier: str) -> Edit:
        """Add a string to the array, or a line to the table."""
        for value in values(document.text):
            if value.items is not None and value.start < declaration.start < value.end:
                return arrays.insert(document, value.items, declaration, specifier)
        begin, end = line_bounds(document.text, declaration.start, declaration.end)
        quote = "'" if "'" in document.text[declaration.start : declaration.end] else '"'
        equals = re.search(r"[ \t]*=[ \t]*", document.text[begin:end])
        version = f"{quote}{specifier or '*'}{quote}"
        if declaration.optional:
            version = f"{{version = {version}, optional = true}}"
        line = f"{PACKAGE}{equals[0] if equals else ' = '}{version}"
        indentation = re.match(r"[ \t]*", document.text[begin:end])
        line = (indentation[0] if indentation else "") + line
        _, after = line_before(document.text, declaration.start, declaration.end)
        if "{%" in document.text[begin:end]:  # the condition of a template holds for both
            at = declaration.end
            return Edit(at, at, f"{document.newline}{line}", WHY)
        if document.text[after - 1 : after] == "\n":
            return Edit(after, after, f"{line}{document.newline}", WHY)
        return Edit(after, after, f"{document.newline}{line}", WHY)

    def respecified(self, document: Document, declaration: Declaration, specifier: str) -> Edit:
        """Change the version in its string."""
        if declaration.group and TABLES.match(declaration.group):
            text = document.text[declaration.start : declaration.end]
            found = VERSION.search(text)
            if found is None:
                return Edit(declaration.end, declaration.end, "", WHY_LATEST)
            kind = "inner" if found["inner"] is not None else "whole"
            start = declaration.start + found.start(kind)
            return Edit(start, start + len(found[kind]), specifier, WHY_LATEST)
        return respecify(document, declaration, specifier)


def named_in_extras(document: Document, declaration: Declaration) -> list[Edit]:
    """Return the edits that add uvicorn-worker to the extras of Poetry that name a dependency."""
    edits = []
    for value in values(document.text):
        if value.table == "tool.poetry.extras" and value.items is not None:
            names = [declaration.name]
            named = arrays.declared(document, value.items, names, 1, value.key)
            for each in named[:1]:
                edit = arrays.insert(document, value.items, each, "")
                edits.append(replace(edit, why=f"{declaration.name} is in this extra"))
    return edits


def _of_table(document: Document, value: Value) -> Declaration:
    text = document.text[value.start : value.end]
    found = VERSION.search(text)
    version = (found["inner"] if found["inner"] is not None else found["whole"]) if found else ""
    if "group." in value.table:
        scope = narrowness(value.table, 1)
    else:
        scope = -1 if "dev" in value.table else 0
    optional = re.search(r"optional\s*=\s*true", text) is not None
    return Declaration(
        document.path, normalised(value.key), version or "", value.start, value.end,
        scope, value.table, optional,
    )  # fmt: skip
