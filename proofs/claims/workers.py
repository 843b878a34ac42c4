"""Compare the throughput of one worker per CPU with that of two: `python -m proofs.claims.workers`.

It needs wrk, prints the ratio of each round, and measures whatever else the machine does, too.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import tempfile
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from proofs.claims.servers import Server, gunicorn, server

ROUNDS: Final = 5
SECONDS: Final = 5


def main() -> None:
    """Serve by both numbers of workers at a time, and load them in turn."""
    cpus = len(os.sched_getaffinity(0))
    with (
        tempfile.TemporaryDirectory() as few,
        tempfile.TemporaryDirectory() as many,
        served(few, cpus) as first,
        served(many, 2 * cpus) as second,
    ):
        ratios = [rate(second.port) / rate(first.port) for _ in range(ROUNDS)]
    print(
        f"{2 * cpus} workers answer {statistics.median(ratios):.2f} times what {cpus} do:", ratios
    )


def served(folder: str, workers: int) -> AbstractContextManager[Server]:
    """Start so many workers."""
    command = gunicorn(Path(folder), "uvicorn_worker.UvicornWorker", "--workers", str(workers))
    return server(Path(folder), *command)


def rate(port: int) -> float:
    """Return the requests a second."""
    wrk = ["wrk", "-t1", "-c64", f"-d{SECONDS}s", f"http://127.0.0.1:{port}/"]
    output = subprocess.check_output(wrk, text=True)
    found = re.search(r"Requests/sec:\s+([\d.]+)", output)
    if not found:
        raise ValueError(output)
    return float(found[1])


if __name__ == "__main__":
    main()
