"""Files that tell what was: they stay as they are."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

HISTORY = re.compile(
    r"^(change(log|s)|history|news|releases?|release[-_ ]?notes?|whatsnew)\b", re.IGNORECASE
)
FOLDERS = re.compile(
    r"^(change(log|s)(\.d)?|changelogs|newsfragments|release[-_]?notes|releases|adr|decisions)$",
    re.IGNORECASE,
)
RECORDS = {
    ".cast", ".csv", ".diff", ".jsonl", ".log", ".ndjson", ".orig", ".out", ".patch", ".rej", ".tsv",
}  # fmt: skip
"""Suffixes of what programs have written down, and of patches, whose lines must stay."""

PROSE = {"", ".md", ".markdown", ".mdx", ".rst", ".adoc", ".txt", ".html"}
DATED = re.compile(r"(?<!\d)(19|20)\d\d[-_.]?(0[1-9]|1[0-2])([-_.]?[0-3]\d)?(?!\d)")

RELEASE = re.compile(r"(?<![\d.])v?\d+\.\d+\.\d+(?![\d.]*\d)")
"""A path that names a whole version: what is there runs that version."""


def is_history(path: PurePosixPath) -> bool:
    """Tell whether a file is a record, a changelog, a note of a release, or a dated document."""
    if path.suffix.lower() in RECORDS:
        return True
    if path.suffix.lower() not in PROSE:
        return False
    return bool(
        HISTORY.match(path.stem)
        or DATED.search(path.name)
        or any(FOLDERS.match(part) for part in path.parts[:-1])
    )


def release_in(path: PurePosixPath) -> str:
    """Return the version that a path names, or ""."""
    found = RELEASE.search(path.as_posix())
    return found[0] if found else ""
