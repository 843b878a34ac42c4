"""What a scenario showed on a server."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Outcome:
    """Counts of later requests.

    looks: how many were answered, and told what they saw.
    leaks: how many saw something of an earlier visitor.
    errors: how many were answered otherwise, without cause.
    stuck: how many did not come to a thread in time.
    seen: what they saw.
    """

    looks: int = 0
    leaks: int = 0
    errors: int = 0
    stuck: int = 0
    seen: Counter[str] = field(default_factory=Counter)

    def look(self, seen: object) -> None:
        """Count an answer. seen: what it saw; None for nothing."""
        self.looks += 1
        if seen is not None:
            self.leaks += 1
            self.seen[str(seen)] += 1

    def __add__(self, other: Outcome) -> Outcome:
        """Return the counts of both."""
        return Outcome(
            self.looks + other.looks,
            self.leaks + other.leaks,
            self.errors + other.errors,
            self.stuck + other.stuck,
            self.seen + other.seen,
        )


type Row = tuple[str, str]
"""Group and name of a scenario."""

type Outcomes = dict[Row, Outcome]
