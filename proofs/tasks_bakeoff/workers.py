"""The workers of a candidate, as a supervisor keeps them: who dies is started again."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from rendering import TEMPLATE

from proofs.tasks_bakeoff.candidates import Candidate

LIMIT: Final = 120
"""How long a worker that was told to stop may take before it is killed, in seconds."""


@dataclass
class Workers:
    """All worker processes of a candidate.

    deaths: how many ended although nobody had told them to.
    """

    candidate: Candidate
    environment: dict[str, str]
    log: Path
    deaths: int = 0
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> None:
        """Start all of them."""
        self.processes = [self._start(command) for command in self.candidate.workers]

    def keep(self) -> None:
        """Start again who has died."""
        for number, process in enumerate(self.processes):
            if process.poll() is not None:
                self.deaths += 1
                self.processes[number] = self._start(self.candidate.workers[number])

    def kill(self) -> None:
        """Kill a worker and its children with SIGKILL, as the kernel does, and start another."""
        number = random.randrange(len(self.processes))
        _signal_group(self.processes[number], signal.SIGKILL)
        self.processes[number].wait()
        self.processes[number] = self._start(self.candidate.workers[number])

    def stop(self) -> float:
        """Tell all of them to stop, and return how long the last one took, in seconds."""
        began = time.monotonic()
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0, began + LIMIT - time.monotonic()))
        took = time.monotonic() - began
        self.end()
        return took

    def end(self) -> None:
        """Kill what is left."""
        for process in self.processes:
            _signal_group(process, signal.SIGKILL)
            process.wait()
        self.processes = []

    def _start(self, command: tuple[str, ...]) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                command,
                cwd=TEMPLATE,
                env=os.environ | self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )


@contextlib.contextmanager
def running(candidate: Candidate, environment: dict[str, str], log: Path) -> Iterator[Workers]:
    """Start the workers, and end them in the end."""
    workers = Workers(candidate, environment, log)
    workers.start()
    try:
        yield workers
    finally:
        workers.end()


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
