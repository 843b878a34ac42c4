"""Whether this worker is to stop, for those who must know before its last connection is gone."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Drain:
    """From `begin` on, the worker only finishes what it has accepted."""

    def __init__(self) -> None:
        """Nothing has begun."""
        self.begun = False
        self._ends: set[Callable[[], None]] = set()

    def begin(self) -> None:
        """End what would never end by itself."""
        self.begun = True
        for end in list(self._ends):
            end()

    @contextmanager
    def ends(self, end: Callable[[], None]) -> Iterator[None]:
        """Call `end` when the worker drains meanwhile, or at once if it does already."""
        self._ends.add(end)
        if self.begun:
            end()
        try:
            yield
        finally:
            self._ends.discard(end)


drain = Drain()
"""The one of this process."""
