"""The files of a project, each read once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from asgi_upgrade.document import LARGEST, Document, UnreadableError
from asgi_upgrade.rewriters.python_module import Module
from asgi_upgrade.syntax import NOT_PARSED
from asgi_upgrade.tree import files

LIBRARY = "asgi_serving"
"""The folder of the library in a project; what is in it is none of the project's own."""


TESTS = re.compile(r"(^|_)(tests?|docs?|examples?|fixtures?|templates?)($|_)", re.IGNORECASE)
"""Names of folders that hold nothing that is served."""

ELSEWHERE = {
    ".adoc", ".css", ".csv", ".html", ".ipynb", ".js", ".jsx", ".lock", ".markdown", ".md", ".mo", ".org", ".po",
    ".py", ".pyi", ".rst", ".scss", ".sql", ".svg", ".ts", ".tsx", ".vue", ".xml",
}  # fmt: skip
LONGEST = 200_000
"""Characters of a file that a person has written to start something."""


class Sources:
    """The files that a person has written, by their paths below the root."""

    def __init__(self, root: Path, exclude: Sequence[str] = ()) -> None:
        """List them. Raises NoTreeError."""
        self.root = root
        self.paths = [path for path in files(root, exclude) if LIBRARY not in path.parts]
        self._known = frozenset(self.paths)
        self._read: dict[PurePosixPath, Document | None] = {}
        self._parsed: dict[PurePosixPath, Module | None] = {}

    def __contains__(self, path: PurePosixPath) -> bool:
        """Tell whether there is such a file."""
        return path in self._known

    def document(self, path: PurePosixPath) -> Document | None:
        """Return a text file, or None: it is not there, no text, or too large."""
        if path not in self._read:
            self._read[path] = self._document(path)
        return self._read[path]

    def module(self, path: PurePosixPath) -> Module | None:
        """Return the code of a file, or None: it is not there, or cannot be parsed."""
        if path not in self._parsed:
            document = self.document(path)
            try:
                self._parsed[path] = Module(document) if document else None
            except NOT_PARSED:
                self._parsed[path] = None
        return self._parsed[path]

    def deployment(self) -> Iterator[Document]:
        """Yield the text files that may say how the project is served: no code, prose or data."""
        for path in self.paths:
            if path.suffix not in ELSEWHERE and not any(map(TESTS.search, path.parts[:-1])):
                document = self.document(path)
                if document and len(document.text) <= LONGEST:
                    yield document

    def _document(self, path: PurePosixPath) -> Document | None:
        place = self.root / path
        try:
            if path not in self or place.is_symlink() or place.stat().st_size > LARGEST:
                return None
            return Document.parse(path, place.read_bytes())
        except (OSError, UnreadableError):
            return None
