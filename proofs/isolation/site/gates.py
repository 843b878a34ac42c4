"""Gates at which requests wait, so that it is certain how far each of them has come.

A gate is a folder: a request leaves a file when it has come so far, and goes on when there is one
named `open`. That works for every kind of server, also for one whose threads all wait.
"""

import asyncio
import os
import time
from pathlib import Path
from urllib.parse import parse_qs

FOLDER = Path(os.environ["GATES"])
DEADLINE = 60
"""Seconds after which a request gives up, should nobody open its gate."""
TICK = 0.005


class Gate:
    """The gate that the query of a request names, and who asks."""

    def __init__(self, query):
        """Read the query string."""
        values = parse_qs(query)
        self.folder = FOLDER / values["gate"][0]
        self.visitor = values["visitor"][0]

    def mark(self, what):
        """Tell that the request has come so far."""
        (self.folder / f"{self.visitor}.{what}").touch()

    def _give_up(self):
        return time.monotonic() + DEADLINE

    def _waits(self, give_up):
        if time.monotonic() > give_up:
            raise TimeoutError("nobody opened the gate")
        return not (self.folder / "open").exists()

    def wait(self):
        """Block the thread until the gate is open."""
        self.mark("begun")
        give_up = self._give_up()
        while self._waits(give_up):
            time.sleep(TICK)

    async def await_(self):
        """Wait on the event loop until the gate is open."""
        self.mark("begun")
        give_up = self._give_up()
        while self._waits(give_up):
            await asyncio.sleep(TICK)


def gate_of(request):
    """Return the gate of a request of Django's."""
    return Gate(request.META["QUERY_STRING"])
