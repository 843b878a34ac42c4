"""`setup.cfg`: requirements on the lines of an option."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from asgi_upgrade.dependencies.declaration import Declaration, narrowness, next_line
from asgi_upgrade.dependencies.formats.requirements import (
    declared_in_lines,
    line_like,
    respecify,
)
from asgi_upgrade.document import Document
from asgi_upgrade.model import Edit

OPTION = re.compile(r"^([\w-]+)[ \t]*=[^\n]*\n((?:[ \t]+[^\n]*\n?|[ \t]*\r?\n)*)", re.MULTILINE)
SECTION = re.compile(r"^\[([^\]\n]+)\]", re.MULTILINE)


class SetupCfg:
    """`install_requires`, and the extras of `options.extras_require`."""

    def handles(self, path: PurePosixPath) -> bool:
        """Take this one name."""
        return path.name == "setup.cfg"

    def declarations(self, document: Document) -> Iterator[Declaration]:
        """Yield the packages of both places."""
        for option in OPTION.finditer(document.text):
            before = SECTION.findall(document.text, 0, option.start())
            section = before[-1] if before else ""
            if section == "options.extras_require":
                scope = narrowness(option[1], 1)
            elif section == "options" and option[1] == "install_requires":
                scope = 0
            else:
                continue
            span = option.start(2), option.end(2)
            yield from declared_in_lines(document, *span, scope, f"{section}.{option[1]}")

    def beside(self, document: Document, declaration: Declaration, specifier: str) -> Edit:
        """Add a line with the same indentation and marker."""
        new = line_like(document, declaration, specifier)
        return next_line(document, declaration.start, declaration.end, new)

    def respecified(self, document: Document, declaration: Declaration, specifier: str) -> Edit:
        """Change the version in its line."""
        return respecify(document, declaration, specifier)
