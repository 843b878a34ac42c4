"""A dependency as a file declares it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Protocol

from asgi_upgrade.document import Document
from asgi_upgrade.model import PACKAGE, Edit

SERVER = ("uvicorn", "gunicorn", PACKAGE)
"""The packages whose versions move together."""

REQUIREMENT = re.compile(
    r"(?P<name>[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*(?P<extras>\[[^\]]*\])?"
    r"(?P<gap>\s*)(?P<open>\(\s*)?"
    r"(?P<specifier>(?:(?:===|==|~=|!=|>=|<=|>|<)\s*[\w.*+!-]+\s*,?\s*)*)(?(open)\))"
)
"""A requirement up to its marker, as PEP 508 writes it; the specifier may be in parentheses."""

NAMED = re.compile(r"[ \t]*(?:-[ \t]+)?[\"']?([A-Za-z0-9][\w.-]*)")
"""A line that begins with the name of a package: in a list, a table, or alone."""

SORTED = 3
"""So many names are sorted on purpose."""

WHY = "the worker class is in this package"
WHY_LATEST = "--latest"

DEVELOPMENT = re.compile(
    r"(^|[-_./ ])(dev|develop|development|tests?|testing|lint|docs?|ci|local)\b"
)


@dataclass(frozen=True)
class Declaration:
    """One of the server packages in a file.

    start, end: the requirement's characters, without quotes. specifier: as written, "" for any.
    narrowness: 1 for an extra, a group or a production file, 0 for everybody, -1 for development.
    group: what stands together, such as one array.
    """

    path: PurePosixPath
    name: str
    specifier: str
    start: int
    end: int
    narrowness: int
    group: str
    optional: bool = False


class Format(Protocol):
    """How one kind of file declares dependencies."""

    def handles(self, path: PurePosixPath) -> bool:
        """Tell whether a file is of this kind."""

    def declarations(self, document: Document) -> Iterable[Declaration]:
        """Return the server packages that a file declares."""

    def beside(self, document: Document, declaration: Declaration, specifier: str) -> Edit:
        """Return the edit that declares uvicorn-worker in the way of another declaration."""

    def respecified(self, document: Document, declaration: Declaration, specifier: str) -> Edit:
        """Return the edit that gives a declaration another version."""


def normalised(name: str) -> str:
    """Return a name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def narrowness(name: str, otherwise: int) -> int:
    """Return how narrow the scope is that a file, a group or an extra names."""
    return -1 if DEVELOPMENT.search(name.lower()) else otherwise


def spaced_like(text: str, specifier: str) -> str:
    """Return a specifier with spaces behind its operators where another requirement has them."""
    if not re.search(r"[=<>~]=?\s+[\w]", text):
        return specifier
    return re.sub(r"([=<>~!]=?)(?=\d)", r"\1 ", specifier)


def line_bounds(text: str, start: int, end: int) -> tuple[int, int]:
    """Return where the lines begin and end that hold a span, with the last line's end."""
    begin = text.rfind("\n", 0, start) + 1
    newline = text.find("\n", end)
    return begin, len(text) if newline < 0 else newline + 1


def line_before(text: str, start: int, end: int) -> tuple[int, int]:
    """Return where the line begins and ends after which uvicorn-worker stands.

    That is the one of a span, or of the last smaller name where the lines around it are sorted.
    """
    own = line_bounds(text, start, end)
    block = [own]
    while block[0][0] and NAMED.match(
        text, (above := line_bounds(text, *[block[0][0] - 1] * 2))[0]
    ):
        block.insert(0, above)
    while block[-1][1] < len(text) and NAMED.match(text, block[-1][1]):
        block.append(line_bounds(text, *[block[-1][1]] * 2))
    names = [normalised(found[1]) for line in block if (found := NAMED.match(text, line[0]))]
    smaller = [line for line, name in zip(block, names, strict=False) if name < PACKAGE]
    others = [name for name in names if name != "python"]
    return smaller[-1] if len(others) >= SORTED and others == sorted(others) else own


def next_line(document: Document, start: int, end: int, new: str) -> Edit:
    """Return the edit that puts a line like the one of a span in its place, with another text.

    What stands before the span, such as an indentation and a dash, is there again. A condition of a
    template in the line holds for both.
    """
    begin, finish = line_bounds(document.text, start, end)
    before, rest = document.text[begin:start], document.text[end:finish]
    if "{%" in before + rest:
        at = end + len(rest.partition("{%")[0].rstrip())
        return Edit(at, at, f"{document.newline}{new}", WHY)
    _, after = line_before(document.text, start, end)
    if document.text[after - 1 : after] == "\n":
        return Edit(after, after, f"{before}{new}{document.newline}", WHY)
    return Edit(after, after, f"{document.newline}{before}{new}", WHY)
