"""Everything that stops a worker, done to a server under load: `nox -s drain`."""

import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil

from tests.serving.load import Load, load
from tests.serving.server import DEADLINE, Server, gunicorn, manage, production_environment

CLIENTS = 24
WORKERS = 2


class Outcome(NamedTuple):
    """What clients saw of a scenario; times in seconds."""

    stops: int
    answered: int
    lost: list[str]
    longest_gap: float


def workers(master: int) -> set[int]:
    """Return the process ids of a master's workers."""
    return {child.pid for child in psutil.Process(master).children()}


def wait_until(condition: Callable[[], bool]) -> None:
    """Poll until a condition holds."""
    give_up = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < give_up, f"{condition.__qualname__} did not come true"
        time.sleep(0.02)


def starts(server: Server) -> int:
    """Return how many workers have started."""
    return server.log.read_text().count("Application startup complete")


def reload(server: Server, running: Load) -> int:
    """Reload the server, as `kill -HUP` and `systemctl reload` do."""
    old = workers(server.process.pid)
    server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: not old & (new := workers(server.process.pid)) and len(new) == WORKERS)
    return len(old)


def stop_worker(server: Server, running: Load) -> int:
    """Stop a worker by hand; the master starts another."""
    old = min(workers(server.process.pid))
    os.kill(old, signal.SIGTERM)
    wait_until(lambda: old not in (new := workers(server.process.pid)) and len(new) == WORKERS)
    return 1


def scale(server: Server, running: Load) -> int:
    """Add a worker, and take one away."""
    master = server.process.pid
    server.process.send_signal(signal.SIGTTIN)
    wait_until(lambda: len(workers(master)) == WORKERS + 1)
    started = running.answered
    wait_until(lambda: running.answered > started + 10 * CLIENTS)
    server.process.send_signal(signal.SIGTTOU)
    wait_until(lambda: len(workers(master)) == WORKERS)
    return 1


def recycle(server: Server, running: Load) -> int:
    """Let the workers answer `max_requests`, until all were replaced."""
    old = workers(server.process.pid)
    wait_until(lambda: not old & workers(server.process.pid))
    wait_until(
        lambda: len(workers(server.process.pid)) >= int(server.environment["WEB_CONCURRENCY"])
    )
    return len(old)


def upgrade(server: Server, running: Load) -> int:
    """Start a new master beside the old one, as for a new Gunicorn, and stop the old one."""
    old_master = server.process.pid
    old = workers(old_master)
    server.process.send_signal(signal.SIGUSR2)
    wait_until(lambda: len(workers(old_master)) == WORKERS + 1)
    wait_until(lambda: starts(server) == 2 * WORKERS)
    started = running.answered
    wait_until(lambda: running.answered > started + 10 * CLIENTS)
    server.process.terminate()
    server.process.wait(DEADLINE)
    return len(old)


SCENARIOS: dict[str, tuple[Callable[[Server, Load], int], int, dict[str, str]]] = {
    "reload (HUP)": (reload, 20, {}),
    "stop of a worker (TERM)": (stop_worker, 10, {}),
    "one worker more, one less (TTIN, TTOU)": (scale, 6, {}),
    "max_requests": (recycle, 4, {"GUNICORN_MAX_REQUESTS": "800"}),
    "max_requests, one worker": (
        recycle, 4, {"GUNICORN_MAX_REQUESTS": "800", "WEB_CONCURRENCY": "1"},
    ),
    "new master (USR2)": (upgrade, 1, {}),
}  # fmt: skip
"""What is done to the server, how often in a full run, and its settings."""


@contextmanager
def served(folder: Path, env: dict[str, str], **changes: str) -> Iterator[Server]:
    """Give a server with two workers, unless the changes say otherwise."""
    with gunicorn(folder, {**env, "WEB_CONCURRENCY": str(WORKERS), **changes}) as server:
        yield server


def run(folder: Path, env: dict[str, str], name: str, times: int) -> Outcome:
    """Do what a scenario says so many times, and return what clients saw."""
    do, _, changes = SCENARIOS[name]
    with served(folder, env, **changes) as server, load(server.port, CLIENTS) as running:
        wait_until(lambda: running.answered > 10 * CLIENTS)
        stops = sum(do(server, running) for _ in range(times))
        after = running.answered
        wait_until(lambda: running.answered > after + 10 * CLIENTS)
    return Outcome(stops, running.answered, running.lost, running.longest_gap)


def main() -> int:
    """Run everything, print a table, and return 1 if a request was lost."""
    total = Outcome(0, 0, [], 0)
    print("| | workers stopped | answered | lost | longest time without an answer |")
    print("|---|---:|---:|---:|---:|", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        env = production_environment(folder)
        for command in ("migrate", "collectstatic"):
            done = manage(command, "--no-input", env=env)
            assert done.returncode == 0, done.stderr
        for scenario, (_, times, _) in SCENARIOS.items():
            outcome = run(folder, env, scenario, times)
            show(scenario, outcome)
            total = Outcome(
                total.stops + outcome.stops,
                total.answered + outcome.answered,
                total.lost + outcome.lost,
                max(total.longest_gap, outcome.longest_gap),
            )
    show("**all**", total)
    for lost in total.lost[:10]:
        print(lost, file=sys.stderr)
    return 1 if total.lost else 0


def show(name: str, outcome: Outcome) -> None:
    """Print a line of the table."""
    print(
        f"| {name} | {outcome.stops} | {outcome.answered:,} | {len(outcome.lost)} "
        f"| {outcome.longest_gap:.2f} s |",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
