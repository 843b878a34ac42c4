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


def read(
    root: Path, path: PurePosixPath, skipped: list[tuple[PurePosixPath, str]]
) -> Document | None:
    """Return a file that may matter, or None; one that cannot be read is added to skipped."""
    place = root / path
    try:
        if place.is_symlink() or not place.is_file():
            return None
        if place.stat().st_size > LARGEST:
            if _names_worker(place):
                skipped.append((path, f"larger than {LARGEST // 1_000_000} MB"))
            return None
        content = place.read_bytes()
        if not any(hint in content for hint in HINTS + WORDS) and not declares(path):
            return None
        try:
            return Document.parse(path, content)
        except UnreadableError as error:
            if declares(path) or any(name in content for name in NAMES):
                skipped.append((path, str(error)))
    except OSError as error:
        skipped.append((path, error.strerror or str(error)))
    return None


def _names_worker(place: Path) -> bool:
    """Tell whether a file of any size names the module, part by part. Raises OSError."""
    longest = max(map(len, NAMES))
    before = b""
    with place.open("rb") as file:
        while part := file.read(PART):
            if any(name in before + part for name in NAMES):
                return True
            before = part[-longest:]
    return False
