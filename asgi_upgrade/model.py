"""What is found in a project, and what is to be done about it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Protocol

from asgi_upgrade.document import Document

OLD_MODULE = "uvicorn.workers"
NEW_MODULE = "uvicorn_worker"
PACKAGE = "uvicorn-worker"
WORKERS = ("UvicornWorker", "UvicornH11Worker")
"""The classes of both modules."""

# `-kNAME` is the one place where a name may follow a letter.
_BEFORE = r"(?:(?<![\w.])|(?<=\W-k)|(?<=^-k))"
OLD_CLASS = re.compile(
    _BEFORE + r"uvicorn\.workers\.(UvicornWorker|UvicornH11Worker)(?!\w)", re.MULTILINE
)
"""The old name of a class, whole: not a part of a longer name."""

OLD_NAME = re.compile(_BEFORE + r"uvicorn\\?\.workers(?!\w)", re.MULTILINE)
"""The old module, with whatever follows, also in a regular expression."""

NEW_CLASS = re.compile(r"(?<![\w.])uvicorn_worker\.(UvicornWorker|UvicornH11Worker)(?!\w)")


@dataclass(frozen=True)
class Edit:
    """Text from start to end, in characters of a document, becomes another; why is for people."""

    start: int
    end: int
    text: str
    why: str


@dataclass(frozen=True)
class Decision:
    """A line that only a person can change. topic is what `asgi-upgrade explain` takes."""

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
    """A line that uses the worker by its new name already, or will after the edits."""

    line: int


Proposal = Edit | Decision | Finding | Use
"""What a rewriter says of a document."""


class Rewriter(Protocol):
    """How one kind of file is changed."""

    def handles(self, path: PurePosixPath, text: str) -> bool:
        """Tell whether a file is of this kind."""

    def propose(self, document: Document) -> Iterable[Proposal]:
        """Return the edits and decisions for a document, and what is found besides."""

    def meaning(self, text: str) -> object:
        """Return what a text means, with old names read as new ones; equal for equal meanings.

        Raises ValueError: the text is not of this kind.
        """


def apply(text: str, edits: Iterable[Edit]) -> str:
    """Return the text after all edits. Raises ValueError when two of them overlap."""
    end = len(text) + 1
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end), reverse=True):
        if edit.end > end:
            raise ValueError(f"two edits overlap at character {edit.end}")
        text = text[: edit.start] + edit.text + text[edit.end :]
        end = edit.start
    return text


def renamed(text: str) -> str:
    """Return a text in which the old module has its new name."""
    return OLD_NAME.sub(NEW_MODULE, text)
