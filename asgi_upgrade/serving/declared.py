"""Where files declare packages, and how more of them are added there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from asgi_upgrade.dependencies.declaration import REQUIREMENT, normalised
from asgi_upgrade.dependencies.formats.arrays import Item
from asgi_upgrade.dependencies.formats.pyproject import ARRAYS, TABLES, VERSION, Pyproject
from asgi_upgrade.dependencies.formats.requirements import Requirements, is_made
from asgi_upgrade.dependencies.formats.setup_cfg import OPTION, SetupCfg
from asgi_upgrade.dependencies.formats.setup_py import SetupPy, lists_of
from asgi_upgrade.dependencies.formats.toml_spans import values
from asgi_upgrade.document import Document
from asgi_upgrade.model import Edit
from asgi_upgrade.serving.needs import Need
from asgi_upgrade.serving.sources import TESTS

WHY = "asgi_serving needs it"
REMARK = "# What asgi_serving needs"


@dataclass(frozen=True)
class Declared:
    """A package as a file declares it; specifier_start: where its versions begin."""

    name: str
    specifier: str
    specifier_start: int
    name_end: int
    has_extras: bool


@dataclass(frozen=True)
class Group:
    """What a file declares in one place, and how more is added there."""

    document: Document
    declared: Sequence[Declared]
    items: Sequence[Item] = ()
    table_end: int = -1
    end: int = -1
    indentation: str = ""
    table: str = ""

    def adding(self, wanted: Sequence[Need]) -> Edit:
        """Return the edit that declares more at the end."""
        newline = self.document.newline
        if self.items:
            return _in_array(self.document, self.items[-1], [each.requirement for each in wanted])
        if self.table_end >= 0:
            lines, at = [each.table_line for each in wanted], self.table_end
        else:
            lines, at = [each.requirement for each in wanted], self.end
            lines = [REMARK, *lines] if not self.indentation else lines
        text = newline.join(self.indentation + line for line in lines)
        if at and self.document.text[at - 1] != "\n":
            return Edit(at, at, newline + text, WHY)
        return Edit(at, at, text + newline, WHY)


def names_in_made(document: Document) -> set[str]:
    """Return what a requirements file declares that a tool has made; nothing of other files."""
    if not Requirements().handles(document.path) or not is_made(document):
        return set()
    return {each.name for each in _in_lines(document, 0, len(document.text))}


def _in_array(document: Document, last: Item, wanted: Sequence[str]) -> Edit:
    """Return the edit that adds strings after the last one of an array."""
    text = document.text
    strings = [f'"{each}"' for each in wanted]
    line = text.rfind("\n", 0, last.start) + 1
    before = text[line : last.start]
    if before.strip():
        return Edit(last.end, last.end, "".join(f", {each}" for each in strings), WHY)
    more = "".join(f",{document.newline}{before}{each}" for each in strings)
    return Edit(last.end, last.end, more, WHY)


def groups_of(document: Document) -> Iterator[Group]:
    """Yield the places of a file that declare packages."""
    path, text = document.path, document.text
    if any(map(TESTS.search, path.parts[:-1])) or "constraint" in path.name.lower():
        return
    if Requirements().handles(path):
        if not is_made(document):
            yield Group(document, list(_in_lines(document, 0, len(text))), end=len(text))
    elif Pyproject().handles(path):
        yield from _of_toml(document)
    elif SetupCfg().handles(path):
        yield from _of_options(document)
    elif SetupPy().handles(path):
        for items, _ in lists_of(document):
            if found := list(_in_items(document, items)):
                yield Group(document, found, items)


def _of_options(document: Document) -> Iterator[Group]:
    for option in OPTION.finditer(document.text):
        if option[1] == "install_requires":
            lines = option[2].rstrip()
            end = option.start(2) + len(lines)
            last = lines.rsplit("\n", 1)[-1]
            indentation = last[: len(last) - len(last.lstrip())]
            found = list(_in_lines(document, option.start(2), end))
            yield Group(document, found, end=end, indentation=indentation)


def _of_toml(document: Document) -> Iterator[Group]:
    tables: dict[str, list[Declared]] = {}
    ends: dict[str, int] = {}
    for value in values(document.text):
        where = f"{value.table}.{value.key}" if value.table else value.key
        if value.items and ARRAYS.match(where):
            declared = list(_in_items(document, value.items))
            yield Group(document, declared, value.items, table=where)
        elif TABLES.match(value.table):
            tables.setdefault(value.table, []).append(
                _of_table(document, value.key, value.start, value.end)
            )
            newline = document.text.find("\n", value.end)
            ends[value.table] = newline + 1 if newline >= 0 else len(document.text)
    for name, found in tables.items():
        yield Group(document, found, table_end=ends[name], table=name)


def _of_table(document: Document, key: str, start: int, end: int) -> Declared:
    text = document.text[start:end]
    found = VERSION.search(text)
    if found is None:
        return Declared(normalised(key), "", start, start, True)
    kind = "inner" if found["inner"] is not None else "whole"
    return Declared(normalised(key), found[kind], start + found.start(kind), start, True)


def _in_items(document: Document, items: Sequence[Item]) -> Iterator[Declared]:
    for item in items:
        if found := REQUIREMENT.match(document.text, item.start + 1, item.end - 1):
            yield _declared(found)


def _in_lines(document: Document, start: int, end: int) -> Iterator[Declared]:
    for line in re.finditer(r"^[ \t]*(?=[A-Za-z0-9])", document.text[start:end], re.MULTILINE):
        if found := REQUIREMENT.match(document.text, start + line.end(), end):
            yield _declared(found)


def _declared(found: re.Match[str]) -> Declared:
    specifier = found["specifier"].strip()
    return Declared(
        normalised(found["name"]), specifier, found.start("specifier"), found.end("name"),
        found["extras"] is not None,
    )  # fmt: skip
