"""What is to be done to the files that declare dependencies."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from asgi_upgrade.dependencies.locks import LockCommand
from asgi_upgrade.model import Decision, Edit, Finding


@dataclass
class DependencyPlan:
    """What is to be done to the files that declare dependencies.

    held: the files whose names have to stay, as nothing can declare what the new ones need.
    """

    edits: dict[PurePosixPath, list[Edit]] = field(default_factory=lambda: defaultdict(list))
    decisions: dict[PurePosixPath, list[Decision]] = field(
        default_factory=lambda: defaultdict(list)
    )
    findings: dict[PurePosixPath, list[Finding]] = field(default_factory=lambda: defaultdict(list))
    commands: list[LockCommand] = field(default_factory=list)
    held: set[PurePosixPath] = field(default_factory=set)

    def decide(self, path: PurePosixPath, line: int, what: str, advice: str, topic: str) -> None:
        """Leave something to a person, once."""
        decision = Decision(line, what, advice, topic)
        if decision not in self.decisions[path]:
            self.decisions[path].append(decision)

    def take(self, other: DependencyPlan) -> None:
        """Take what is to be done to the files of one project."""
        for path, edits in other.edits.items():
            self.edits[path] += edits
        for path, decisions in other.decisions.items():
            self.decisions[path] += decisions
        for path, findings in other.findings.items():
            self.findings[path] += [each for each in findings if each not in self.findings[path]]
