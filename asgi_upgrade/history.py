"""Files that tell what was: they stay as they are."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

HISTORY = re.compile(
    r"^(change(log|s)|history|news|releases?|release[-_ ]?notes?|what'?s[-_ ]?new|upgrading)\b",
    re.IGNORECASE,
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

PAST = {"archive", "archived", "deprecated", "obsolete"}
"""Folders with what is kept and not run any more."""

RELEASE = re.compile(
    r"(?<!\d)(?<!\d[._])(?<!python)(?<!python-)v?\d{1,3}(?P<dot>[._])\d{1,3}(?P=dot)\d{1,3}(?![\d._]*\d)"
)
"""A path that names a whole version, and no date: what is there runs that version."""


def is_history(path: PurePosixPath) -> bool:
    """Tell whether a file is a record, a changelog, a note of a release, or a dated document.

    What lies in a folder that says so is kept as it was, whatever it is.
    """
    if path.suffix.lower() in RECORDS or any(part.lower() in PAST for part in path.parts[:-1]):
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
