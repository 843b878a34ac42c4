"""Who waits for which messages: a list for each event loop, and so one for each worker."""

import asyncio
import json
from asyncio import AbstractEventLoop
from collections import deque
from collections.abc import Callable
from typing import Any, Final, Self

UNREAD: Final = 100
"""Messages that wait for a subscriber who reads slowly; past that the oldest are lost."""


class Subscription:
    """Messages as they come, for one subscriber.

    missed: what is given in the place of messages that were lost; None gives nothing.
    """

    __slots__ = ("_arrived", "_unread", "groups", "missed")

    def __init__(self, groups: frozenset[str], missed: Any) -> None:
        """Take the names of the groups; nothing has arrived yet."""
        self.groups = groups
        self.missed = missed
        self._unread: deque[str | None] = deque()
        self._arrived = asyncio.Event()

    def put(self, text: str | None) -> None:
        """Add a message, in JSON; None tells that some were lost."""
        self._unread.append(text)
        if len(self._unread) > UNREAD:
            self._unread.popleft()
            self._unread[0] = None
        self._arrived.set()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        while True:
            while not self._unread:
                self._arrived.clear()
                await self._arrived.wait()
            text = self._unread.popleft()
            if text is not None:
                return json.loads(text)
            if self.missed is not None:
                return self.missed


class Subscriptions:
    """All subscriptions of an event loop."""

    def __init__(self) -> None:
        """Begin with none."""
        self._by_group: dict[str, set[Subscription]] = {}

    def to(self, group: str) -> tuple[Subscription, ...]:
        """Return the subscriptions to a group."""
        return tuple(self._by_group.get(group, ()))

    def put(self, group: str, text: str) -> None:
        """Hand a message to all who wait for it."""
        for subscription in self.to(group):
            subscription.put(text)

    async def add(self, subscription: Subscription) -> None:
        """Begin to hear."""
        for group in subscription.groups:
            self._by_group.setdefault(group, set()).add(subscription)

    def remove(self, subscription: Subscription) -> list[str]:
        """Hear no more; return the groups that nobody is subscribed to now."""
        for group in subscription.groups:
            self._by_group[group].discard(subscription)
        left = [group for group in subscription.groups if not self._by_group[group]]
        for group in left:
            del self._by_group[group]
        return left


class EachLoop[T]:
    """One thing for each event loop. A worker has one loop; tests make many."""

    def __init__(self, make: Callable[[], T]) -> None:
        """Take what makes it, when it is first wanted."""
        self._make = make
        self._made: dict[AbstractEventLoop, T] = {}

    def __call__(self) -> T:
        """Return that of the running loop."""
        loop = asyncio.get_running_loop()
        if loop not in self._made:
            # A new dictionary, because other threads may look at this one.
            open_ = {known: its for known, its in self._made.items() if not known.is_closed()}
            self._made = open_ | {loop: self._make()}
        return self._made[loop]

    def items(self) -> list[tuple[AbstractEventLoop, T]]:
        """Return each loop and what is its own."""
        return list(self._made.items())
