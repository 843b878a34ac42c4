"""Markdown, reStructuredText, AsciiDoc: commands move, text about the deprecation stays."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from asgi_upgrade.document import Document
from asgi_upgrade.model import OLD_CLASS, Proposal
from asgi_upgrade.rewriters.plain_text import PlainText

SUFFIXES = {".md", ".markdown", ".mdx", ".rst", ".adoc", ".asciidoc", ".txt", ".html"}

ABOUT_THE_CHANGE = re.compile(
    r"deprecat|instead|replac|migrat|moved|renam|no longer|used to|former|legacy|previous|obsolete"
    r"|superseded|upgrad|uvicorn[-_]worker|removed|\bold\b|\bformer\b|->|→|was:|before:",
    re.IGNORECASE,
)
"""Words of a paragraph that tells about both names."""


class Documentation(PlainText):
    """Edits exact names, but for paragraphs that would become nonsense."""

    def handles(self, path: PurePosixPath, text: str) -> bool:
        """Take documents, and READMEs without a suffix."""
        return path.suffix.lower() in SUFFIXES or path.name in {"README", "INSTALL"}

    def at(self, document: Document, start: int) -> Iterator[Proposal]:
        """Yield an edit where the name is used, and nothing where it is talked about."""
        if OLD_CLASS.match(document.text, start) is None:
            return  # prose may name the module
        if ABOUT_THE_CHANGE.search(paragraph_at(document.text, start)):
            return
        yield from super().at(document, start)


def paragraph_at(text: str, offset: int) -> str:
    """Return the lines around an offset, up to empty ones."""
    before = [match.end() for match in re.finditer(r"\n[ \t>]*\r?\n", text[:offset])]
    after = re.compile(r"\n[ \t>]*\r?\n").search(text, offset)
    return text[before[-1] if before else 0 : after.start() if after else len(text)]
