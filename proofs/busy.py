"""The tests are green while something else keeps all cores busy, time after time.

    nox -s busy                       three times everything, which may take an hour and a half
    nox -s busy -- 1 -k plain_project once, and a part; arguments go to pytest

A test that measures time on a machine of its own fails here.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

TIMES: Final = 3
BURN: Final = "while True: pass"


@contextmanager
def busy_cores() -> Iterator[None]:
    """Keep each core busy with a process that never waits."""
    processes = [subprocess.Popen([sys.executable, "-c", BURN]) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def main(arguments: list[str]) -> int:
    """Return 0 when the tests passed each time, or else what pytest returned first."""
    times = int(arguments.pop(0)) if arguments and arguments[0].isdecimal() else TIMES
    tests = [sys.executable, "-m", "pytest", "--numprocesses", "auto", "--dist", "worksteal"]
    with busy_cores():
        for number in range(1, times + 1):
            print(f"Time {number} of {times}, with {os.cpu_count()} busy cores:", flush=True)
            if code := subprocess.call([*tests, *arguments]):
                return code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
