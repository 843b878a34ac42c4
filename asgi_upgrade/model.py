"""What is found in a project, and what is to be done about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

OLD_MODULE = "uvicorn.workers"
NEW_MODULE = "uvicorn_worker"
WORKERS = ("UvicornWorker", "UvicornH11Worker")
"""The classes of both modules."""

PACKAGE = "uvicorn-worker"


@dataclass(frozen=True)
class Edit:
    """Text from start to end, in characters of a document, becomes another; why is for people."""

    start: int
    end: int
    text: str
    why: str


@dataclass(frozen=True)
class Decision:
    """A line that only a person can change. topic is the heading of the docs that advises."""

    line: int
    what: str
    advice: str
    topic: str


@dataclass(frozen=True)
class Finding:
    """Something besides the migration that is wrong at a line; it stays as it is."""

    line: int
    what: str
    topic: str


@dataclass(frozen=True)
class Use:
    """A line that uses the worker: by its new name already, or after the edits."""

    line: int


Proposal = Edit | Decision | Finding | Use
"""What a rewriter says of a document."""


@dataclass(frozen=True)
class Tree:
    """What is known of a whole tree before its files are rewritten.

    local_modules are the files and packages named uvicorn_worker, which the new name would load.
    """

    local_modules: frozenset[PurePosixPath] = frozenset()


@dataclass
class FileChange:
    """A file with what is proposed for it."""

    path: PurePosixPath
    proposals: list[Proposal] = field(default_factory=list)


def apply(text: str, edits: Iterable[Edit]) -> str:
    """Return the text after all edits. Raises ValueError when two of them overlap."""
    end = len(text) + 1
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end), reverse=True):
        if edit.end > end:
            raise ValueError(f"two edits overlap at character {edit.end}")
        text = text[: edit.start] + edit.text + text[edit.end :]
        end = edit.start
    return text
