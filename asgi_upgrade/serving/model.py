"""What is to be written into a project, and what a person has to know."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from asgi_upgrade.dependencies.locks import LockCommand
from asgi_upgrade.document import Document
from asgi_upgrade.engine import Change
from asgi_upgrade.model import Edit


@dataclass(frozen=True)
class Advice:
    """Something at a line of a file that is for a person.

    what: what is so there. write: the exact text to write instead or besides, of one line or more.
    topic: what `asgi-upgrade explain` takes.
    """

    path: PurePosixPath
    line: int
    what: str
    write: str
    topic: str


@dataclass
class Plan:
    """What is to be written, and what is not.

    created: new files. removed: those of an older library that the newer one has not. needed: without these nothing is written, since the project would fail or be
    half changed. decisions: what fails otherwise, though the rest can be written. notes: what works as
    it is, and would be better. commands: what makes lock files again.
    """

    created: dict[PurePosixPath, bytes] = field(default_factory=dict)
    removed: list[PurePosixPath] = field(default_factory=list)
    edits: dict[Document, list[Edit]] = field(default_factory=lambda: defaultdict(list))
    needed: list[Advice] = field(default_factory=list)
    decisions: list[Advice] = field(default_factory=list)
    notes: list[Advice] = field(default_factory=list)
    commands: list[LockCommand] = field(default_factory=list)

    @property
    def changes(self) -> list[Change]:
        """The files that are changed, in order."""
        changed = [Change(document, edits) for document, edits in self.edits.items() if edits]
        return sorted(changed, key=lambda change: change.document.path)

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to write or to decide."""
        return not (self.created or self.removed or self.changes or self.needed or self.decisions)
