"""Markdown, reStructuredText, AsciiDoc: commands move, text about the deprecation stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from asgi_upgrade.document import Document
from asgi_upgrade.model import Proposal
from asgi_upgrade.prose import tells_of_change
from asgi_upgrade.rewriters.plain_text import PlainText, is_logged, rename_at

SUFFIXES = {".md", ".markdown", ".mdx", ".rst", ".adoc", ".asciidoc", ".txt", ".html"}


class Documentation(PlainText):
    """Edits exact names, but for paragraphs that would become nonsense."""

    def handles(self, path: PurePosixPath, text: str) -> bool:
        """Take documents, and READMEs without a suffix."""
        return path.suffix.lower() in SUFFIXES or path.name in {"README", "INSTALL"}

    def at(self, document: Document, start: int) -> Iterator[Proposal]:
        """Yield an edit where the name is used, and nothing where it is talked about."""
        text = document.text
        edit = rename_at(text, start)
        if edit and not is_logged(text, start) and not tells_of_change(text, start):
            yield edit
