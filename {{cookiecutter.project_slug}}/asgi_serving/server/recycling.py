"""How a worker that has answered `max_requests` is replaced: by one that serves already.

Gunicorn starts a new worker only when the old one has ended, and an ending worker accepts nothing:
where there is one worker, nobody does until a long request is over and the new worker has loaded
the project. Here the worker asks its master for one more (SIGTTIN), and when that has started, for
one less (SIGTTOU), which is the oldest.
"""

import mmap
import os
import signal
import struct
from contextlib import suppress
from typing import Final

NUMBER: Final = struct.Struct("=q")
CREATED, STARTED, TURN = (NUMBER.size * place for place in range(3))
"""Where the numbers are that the processes share."""


class Recycling:
    """What the workers of a master know of each other; made in the master, before it forks."""

    def __init__(self) -> None:
        """Allocate memory that all processes forked from this one share."""
        self._memory = mmap.mmap(-1, 3 * NUMBER.size)
        self._asked_after: int | None = None

    @property
    def newest(self) -> int:
        """The age of the newest worker that has started: Gunicorn counts them."""
        return self._read(STARTED)

    @property
    def is_starting(self) -> bool:
        """Whether the newest worker that the master has made does not serve yet."""
        return self.newest < self._read(CREATED)

    @property
    def turn(self) -> int:
        """The process id of the worker that is being replaced, 0 for none."""
        turn = self._read(TURN)
        return turn if turn and _is_alive(turn) else 0

    def _read(self, place: int) -> int:
        (number,) = NUMBER.unpack_from(self._memory, place)
        return int(number)

    def _write(self, place: int, number: int) -> None:
        NUMBER.pack_into(self._memory, place, number)

    def created(self, age: int) -> None:
        """Tell all workers that the master makes the one of this age."""
        self._write(CREATED, age)

    def started(self, age: int) -> None:
        """Tell the others that the worker of this age serves."""
        self._write(STARTED, max(age, self.newest))

    def ask(self, master: int) -> None:
        """Take the next step towards a replacement of this process; called again and again.

        One worker at a time: else one could be stopped between its two signals, and the master
        would keep a worker too many. Who takes the turn sees at the next call whether another has
        taken it at the same moment.
        """
        if not self.turn:
            self._write(TURN, os.getpid())
        elif self.turn == os.getpid() and self._asked_after is None:
            self._asked_after = self.newest
            os.kill(master, signal.SIGTTIN)
        elif self._asked_after is not None and self.newest > self._asked_after:
            # If another worker is the oldest, it goes, and this one asks once more.
            self._asked_after = None
            os.kill(master, signal.SIGTTOU)

    def leave(self) -> None:
        """Give the turn to others."""
        if self.turn == os.getpid():
            self._write(TURN, 0)


def _is_alive(process: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(process, 0)
        return True
    return False
