"""What a tool would send to its service, in a file: a JSON object a line."""

import json
import os
import time
from functools import cache

DEADLINE = 60
"""How long what is missing may still come, in seconds; that first time, and not again."""


def record(**entry):
    """Write an entry; what JSON does not know is written as `str` makes it.

    In one call and without a lock: tools also write while garbage is collected, in any thread.
    """
    os.write(_file(), (json.dumps(entry, default=str) + "\n").encode())


@cache
def _file():
    return os.open(os.environ["RECORDING"], os.O_WRONLY | os.O_APPEND)


class Recording:
    """The entries of a server, read from outside."""

    def __init__(self, path):
        """Begin with an empty file."""
        self.path = path
        path.touch()
        self.read = 0
        self.patience = DEADLINE

    def new(self, complete):
        """Return what came since the last call, as soon as `complete(entries)` says that it is all.

        Raises AssertionError with what there is when the deadline has passed.
        """
        entries = []
        give_up = time.monotonic() + self.patience
        while time.monotonic() < give_up:
            entries += self._unread()
            if complete(entries):
                return entries
            time.sleep(0.02)
        self.patience = 1
        raise AssertionError(f"Not complete: {entries[-50:]}")

    def _unread(self):
        with self.path.open("rb") as file:
            file.seek(self.read)
            whole = file.read().rpartition(b"\n")[0]
        self.read += len(whole) + bool(whole)
        return [json.loads(line) for line in whole.splitlines()]
