"""What is to be done to a tree."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath

from asgi_upgrade.dependencies import LockCommand
from asgi_upgrade.document import Document
from asgi_upgrade.model import Decision, Edit, Finding, apply


@dataclass
class Change:
    """A file, as it was and as it shall be."""

    document: Document
    edits: list[Edit]

    @property
    def text(self) -> str:
        """The text after all edits."""
        return apply(self.document.text, self.edits)


@dataclass
class Result:
    """What is to be done to a tree, and what a person has to know."""

    changes: list[Change] = field(default_factory=list)
    decisions: list[tuple[PurePosixPath, Decision]] = field(default_factory=list)
    findings: list[tuple[PurePosixPath, Finding]] = field(default_factory=list)
    skipped: list[tuple[PurePosixPath, str]] = field(default_factory=list)
    commands: list[LockCommand] = field(default_factory=list)

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to change or to decide."""
        return not self.changes and not self.decisions
