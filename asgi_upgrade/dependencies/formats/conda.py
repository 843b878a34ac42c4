"""conda's `environment.yml`: packages of conda, and a list for pip in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from asgi_upgrade.dependencies.declaration import (
    SERVER,
    WHY_LATEST,
    Declaration,
    next_line,
    normalised,
)
from asgi_upgrade.document import Document
from asgi_upgrade.model import PACKAGE, Edit

ITEM = re.compile(
    r"^[ \t]*-[ \t]+(?P<quote>[\"']?)(?P<requirement>(?P<name>[A-Za-z][\w.-]*?)(?:\[[^\]\n]*\])?"
    r"(?P<specifier>[ \t]*[=<>~!][^\s#\"']*)?)(?P=quote)[ \t]*(?:#.*)?\r?$",
    re.MULTILINE,
)


class Conda:
    """Items of its lists: `gunicorn=21.2`, or `gunicorn==21.2` for pip."""

    def handles(self, path: PurePosixPath) -> bool:
        """Take `environment.yml` and its variants."""
        return path.suffix in {".yml", ".yaml"} and path.stem.startswith(("environment", "conda"))

    def declarations(self, document: Document) -> Iterator[Declaration]:
        """Yield the packages of all lists."""
        for item in ITEM.finditer(document.text):
            if (name := normalised(item["name"])) in SERVER:
                specifier = (item["specifier"] or "").strip()
                indentation = len(item[0]) - len(item[0].lstrip())
                yield Declaration(
                    document.path, name, specifier, item.start("requirement"),
                    item.end("requirement"), 0, str(indentation),
                )  # fmt: skip

    def beside(self, document: Document, declaration: Declaration, specifier: str) -> Edit:
        """Add an item with the same indentation and quotes."""
        quote = document.text[declaration.start - 1]
        quote = quote if quote in "\"'" else ""
        start = declaration.start - len(quote)
        return next_line(document, start, declaration.end, f"{quote}{PACKAGE}{specifier}{quote}")

    def respecified(self, document: Document, declaration: Declaration, specifier: str) -> Edit:
        """Change the version in its item."""
        end = declaration.end
        return Edit(end - len(declaration.specifier), end, specifier, WHY_LATEST)
