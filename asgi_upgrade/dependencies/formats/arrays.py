"""Requirements as strings of an array, in TOML and in Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from asgi_upgrade.dependencies.declaration import (
    REQUIREMENT,
    WHY,
    Declaration,
    normalised,
    spaced_like,
)
from asgi_upgrade.document import Document
from asgi_upgrade.model import PACKAGE, Edit


@dataclass(frozen=True)
class Item:
    """A string of an array, with its quotes."""

    start: int
    end: int


def declared(
    document: Document, items: Sequence[Item], names: Sequence[str], scope: int, group: str
) -> list[Declaration]:
    """Return the packages with these names among the strings of an array."""
    found = []
    for item in items:
        match = REQUIREMENT.match(document.text, item.start + 1, item.end - 1)
        if match is None or normalised(match["name"]) not in names:
            continue
        rest = document.text[match.end() : item.end - 1].lstrip()
        if rest and rest[0] != ";":
            continue  # a URL
        stop = match.start() + len(match[0].rstrip())
        found.append(
            Declaration(
                document.path, normalised(match["name"]), match["specifier"].strip(),
                match.start(), stop, scope, group,
            )
        )  # fmt: skip
    return found


def insert(document: Document, items: Sequence[Item], like: Declaration, specifier: str) -> Edit:
    """Return the edit that adds uvicorn-worker to an array, sorted if the array is."""
    text = document.text
    own = next(item for item in items if item.start < like.start < item.end)
    names = [_name(document, item) for item in items]
    place = own
    if names == sorted(names):
        smaller = [item for item, name in zip(items, names, strict=True) if name < PACKAGE]
        place = smaller[-1] if smaller else own
    quote = text[own.start]
    marker = text[like.end : own.end - 1]
    marker = marker if marker.lstrip().startswith(";") else ""
    written = text[like.start : like.end]
    specifier = spaced_like(written, specifier)
    before, _, after = written.partition(like.specifier) if like.specifier else ("", "", "")
    if specifier and before.endswith("("):
        specifier = f"({specifier}{after}"
    gap = " " if specifier and before.rstrip("(").endswith(" ") else ""
    new = f"{quote}{PACKAGE}{gap}{specifier}{marker}{quote}"
    if "{%" in text[min(place.end, own.start) : max(place.end, own.start)]:
        place = own  # in the same condition of a template
    line = text.rfind("\n", 0, place.start) + 1
    before = text[line : place.start]
    if before.strip():  # several stand on one line
        return Edit(place.end, place.end, f", {new}", WHY)
    has_comma = text[place.end : place.end + 1] == ","
    end = place.end + has_comma
    if has_comma:
        newline = text.find("\n", end)
        rest = text[end : newline if newline >= 0 else len(text)].strip()
        if rest.startswith("#"):  # a comment belongs to its line
            end = newline - (text[newline - 1] == "\r")
        return Edit(end, end, f"{document.newline}{before}{new},", WHY)
    return Edit(place.end, place.end, f",{document.newline}{before}{new}", WHY)


def _name(document: Document, item: Item) -> str:
    match = REQUIREMENT.match(document.text, item.start + 1, item.end - 1)
    return normalised(match["name"]) if match else ""
