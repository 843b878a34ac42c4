"""Python code: imports, attributes, strings and comments; by syntax tree and by tokens."""

from __future__ import annotations

import re
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from asgi_upgrade.document import Document
from asgi_upgrade.model import NEW_CLASS, NEW_MODULE, OLD_NAME, Decision, Proposal, Use
from asgi_upgrade.prose import NEW, NEW_CODE, is_command, tells_of_change
from asgi_upgrade.rewriters.plain_text import (
    PlainText,
    code_around,
    is_logged,
    reloads,
    rename_at,
)
from asgi_upgrade.rewriters.python_imports import Imports
from asgi_upgrade.rewriters.python_meaning import meaning_of
from asgi_upgrade.syntax import NOT_PARSED

FROM_PACKAGE = re.compile(r"^[ \t]*from uvicorn import [^\n]*\bworkers\b", re.MULTILINE)


class Python(PlainText):
    """Edits what Python's own parser finds; a file that it cannot parse is plain text."""

    def handles(self, path: PurePosixPath, text: str) -> bool:
        """Take `.py`, `.pyi`, `.spec` of PyInstaller and scripts."""
        first = text.split("\n", 1)[0]
        return path.suffix in {".py", ".pyi", ".pyw", ".spec", ".wsgi"} or (
            first.startswith("#!") and "python" in first
        )

    def propose(self, document: Document) -> Iterable[Proposal]:
        """Return edits and decisions for code, strings and comments."""
        try:
            module = Imports(document)
        except (*NOT_PARSED, tokenize.TokenError):
            return [*super().propose(document), *_package_imports(document)]
        proposals = [*module.code(), *self._texts(document, module), *reloads(document)]
        return [*proposals, *_uses(document)]

    def _texts(self, document: Document, module: Imports) -> Iterator[Proposal]:
        text, docstrings = document.text, module.docstrings()
        for begin, end in module.texts():
            for match in OLD_NAME.finditer(text, begin, end):
                start = match.start()
                string, at = text[begin:end], start - begin
                if string[0] == "#":
                    yield from self.at(document, start)
                elif "\n" in string and is_logged(text, start):
                    continue
                elif begin in docstrings:
                    if not (NEW.search(string) or tells_of_change(string, at)):
                        yield from filter(None, [rename_at(text, start)])
                elif is_command(string, at) or not tells_of_change(string, at):
                    yield from self.of_code(document, start)
        yield from module.built_names()

    def is_choice(self, text: str, start: int) -> bool:
        """Tell whether code near a name has the new one, too, such as another item of a list."""
        return any(map(NEW_CODE.search, code_around(text, start)))

    def meaning(self, text: str) -> object:
        """Return the syntax tree with new names, without the imports. Raises ValueError."""
        try:
            return meaning_of(text)
        except NOT_PARSED as error:
            raise ValueError(str(error)) from error


def _uses(document: Document) -> Iterator[Use]:
    pattern = re.compile(rf"{NEW_CLASS.pattern}|^\s*(?:from|import)\s+{NEW_MODULE}\b", re.MULTILINE)
    for match in pattern.finditer(document.text):
        yield Use(document.line_of(match.end()))


def _package_imports(document: Document) -> Iterator[Decision]:
    """Yield the imports of the module from its package, in code that cannot be parsed."""
    for match in FROM_PACKAGE.finditer(document.text):
        yield Decision(
            document.line_of(match.start()),
            "uvicorn.workers is imported in code that cannot be parsed",
            f"import {NEW_MODULE}, and change what it is used for",
            "imports",
        )
