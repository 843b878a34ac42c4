"""How much is run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """Tasks of the scenario with kills, and how often a worker is killed in it."""

    tasks: int = 2000
    kills: int = 20

    @property
    def drained(self) -> int:
        """Tasks that do nothing, for the rate."""
        return self.tasks

    @property
    def single(self) -> int:
        """Tasks that are enqueued one by one, for the latency."""
        return max(5, self.tasks // 200)
