"""What the workers of one master know of each other.

It lies in memory that all of them share, so that it stays true when one of them is killed.
"""

import mmap
import os
import struct
from collections.abc import Iterator
from contextlib import suppress
from enum import IntEnum
from typing import Final, NamedTuple

NUMBER: Final = struct.Struct("=q")
SLOT: Final = struct.Struct("=qqq")
CONNECTIONS: Final = struct.Struct("=qq")
SLOTS: Final = 512
"""How many workers are remembered, the last ones; more than a master has at a time."""


class State(IntEnum):
    """How far a worker has come."""

    STARTING = 1
    SERVING = 2
    TOLD_TO_STOP = 3
    """Somebody stopped it before it served."""


class Sibling(NamedTuple):
    """A worker: Gunicorn counts them, from 1, and calls the number its age."""

    age: int
    process: int
    state: State

    @property
    def is_starting(self) -> bool:
        """Whether it does not serve yet, and still may."""
        return self.state == State.STARTING and (not self.process or is_alive(self.process))


class Connections(NamedTuple):
    """How many connections a worker has told of, and how often it has told."""

    open: int
    told: int


class Number:
    """A number that all processes see."""

    def __init__(self, place: int) -> None:
        """Take the place of the number in the memory."""
        self.place = place

    def __get__(self, siblings: "Siblings", owner: type) -> int:
        """Read it."""
        (number,) = NUMBER.unpack_from(siblings.memory, self.place)
        return int(number)

    def __set__(self, siblings: "Siblings", number: int) -> None:
        """Write it."""
        NUMBER.pack_into(siblings.memory, self.place, number)


class Siblings:
    """The workers of a master; made in the master, before it forks.

    newest: the age of the newest worker that serves or has served; 0 if none ever has.
    turn: the process id of the worker that sees to its own replacement, 0 for none.
    owed: 1 if the master was asked for one worker more, and not yet for one less.
    asked_after: what was `newest` when the master was asked for one more.
    configuration: the settings of Gunicorn that the master has made its last worker with.
    """

    newest = Number(0)
    turn = Number(NUMBER.size)
    owed = Number(2 * NUMBER.size)
    asked_after = Number(3 * NUMBER.size)
    _slots = 4 * NUMBER.size
    _connections = _slots + SLOTS * SLOT.size

    def __init__(self) -> None:
        """Allocate memory that all processes forked from this one share."""
        self.memory = mmap.mmap(-1, self._connections + SLOTS * CONNECTIONS.size)
        self.configuration: object = None

    def note(self, age: int, process: int, state: State) -> None:
        """Remember how far a worker has come. Its process is 0 before the master forks."""
        SLOT.pack_into(self.memory, self._slots + age % SLOTS * SLOT.size, age, process, state)
        if state == State.SERVING:
            self.newest = max(age, self.newest)

    def after(self, age: int) -> Iterator[Sibling]:
        """Yield the workers that were made after the one of this age."""
        for place in range(SLOTS):
            found, process, state = SLOT.unpack_from(self.memory, self._slots + place * SLOT.size)
            if found > age:
                yield Sibling(found, process, State(state))

    def ages_of_serving(self, but: int) -> list[int]:
        """Return the ages of the workers that serve, without that of the one that asks."""
        return [
            each.age
            for each in self.after(0)
            if each.state == State.SERVING and each.age != but and is_alive(each.process)
        ]

    def tell_connections(self, age: int, number: int) -> None:
        """Remember how many connections a worker has."""
        told = self.connections_of(age).told + 1
        CONNECTIONS.pack_into(self.memory, self._place_of_connections(age), number, told)

    def connections_of(self, age: int) -> Connections:
        """Return what a worker has told of its connections."""
        return Connections._make(
            CONNECTIONS.unpack_from(self.memory, self._place_of_connections(age))
        )

    def _place_of_connections(self, age: int) -> int:
        return self._connections + age % SLOTS * CONNECTIONS.size


def is_alive(process: int) -> bool:
    """Tell whether there is a process of this id."""
    with suppress(ProcessLookupError):
        os.kill(process, 0)
        return True
    return False
