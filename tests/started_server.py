"""A server that a test has started, and a client of it."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import httpx

DEADLINE: Final = 120
"""How long anything may take before a test gives up, in seconds."""

LISTENS: Final = re.compile(
    r"(?: at:? |running on )http://127\.0\.0\.1:(\d+)|TCP address 127\.0\.0\.1:(\d+)"
)
"""How Gunicorn, Granian, Uvicorn and Daphne say where they listen."""


@contextlib.contextmanager
def started(
    command: Sequence[str | Path], folder: Path, environment: Mapping[str, str], log: Path
) -> Iterator[Server]:
    """Start a server in a folder, which is killed at the end if it still runs."""
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=environment,
            stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    try:
        yield Server(process, log)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


class Server:
    """A running server, and a client of it."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        """Wait until it says where it listens, and answers."""
        self.process = process
        self.log = log
        self.wait_for(lambda: LISTENS.search(self.written()))
        found = LISTENS.search(self.written())
        assert found
        self.port = int(found[1] or found[2])
        self.client = httpx.Client(base_url=f"http://localhost:{self.port}", timeout=DEADLINE)

    def written(self) -> str:
        """Return what the server wrote so far."""
        return self.log.read_text("utf-8")

    def wait_for(self, condition: Callable[[], object]) -> None:
        """Wait until something is so; AssertionError with the log if it does not come to that."""
        give_up = time.monotonic() + DEADLINE
        while not condition():
            assert time.monotonic() < give_up, self.written()
            assert self.process.poll() is None, self.written()
            time.sleep(0.05)
