"""Which files are read: those that may name the worker, or declare its packages."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from asgi_upgrade.dependencies import declares
from asgi_upgrade.document import LARGEST, Document, UnreadableError
from asgi_upgrade.findings import WORDS
from asgi_upgrade.model import OLD_MODULE

ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be")
HINTS = tuple(word.encode(each) for word in ("uvicorn", "gunicorn") for each in ENCODINGS)
"""A file with none of these names neither the worker nor its packages."""

NAMES = tuple(OLD_MODULE.encode(each) for each in ENCODINGS)
"""What makes a file worth a word that cannot be read."""

PART = 1_000_000
"""Bytes of a large file that are looked at together."""


class UnreadError(Exception):
    """Raised with the reason when a file that may matter cannot be read.

    line: where it names the worker, or 0 when it does not.
    """

    def __init__(self, reason: str, line: int = 0) -> None:
        """Take the reason, and the line."""
        super().__init__(reason)
        self.line = line


def read(root: Path, path: PurePosixPath) -> Document | None:
    """Return a file that may matter, or None. Raises UnreadError."""
    place = root / path
    try:
        if place.is_symlink() or not place.is_file():
            return None
        if place.stat().st_size > LARGEST:
            if line := _line_of_worker(place):
                raise UnreadError(f"larger than {LARGEST // 1_000_000} MB", line)
            return None
        content = place.read_bytes()
    except OSError as error:
        raise UnreadError(error.strerror or str(error)) from error
    if not any(hint in content for hint in HINTS + WORDS) and not declares(path):
        return None
    try:
        return Document.parse(path, content)
    except UnreadableError as error:
        named = [content.index(name) for name in NAMES if name in content]
        if not named and not declares(path):
            return None
        line = content.count(b"\n", 0, min(named)) + 1 if named else 0
        raise UnreadError(str(error), line) from error


def _line_of_worker(place: Path) -> int:
    """Return the line of a file of any size that names the module, or 0. Raises OSError."""
    longest = max(map(len, NAMES))
    before, lines = b"", 1
    with place.open("rb") as file:
        while part := file.read(PART):
            whole = before + part
            named = [whole.index(name) for name in NAMES if name in whole]
            if named:
                return lines + whole.count(b"\n", 0, min(named))
            before = whole[-longest:]
            lines += whole.count(b"\n", 0, len(whole) - len(before))
    return 0
