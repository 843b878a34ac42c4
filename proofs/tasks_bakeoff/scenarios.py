"""What is done to the workers of a candidate, and what is counted afterwards."""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import psycopg
from rendering import TEMPLATE

from proofs.tasks_bakeoff.candidates import LEASE, Candidate
from proofs.tasks_bakeoff.outcome import Counts, Outcome
from proofs.tasks_bakeoff.servers import Servers
from proofs.tasks_bakeoff.sizes import Sizes
from proofs.tasks_bakeoff.workers import Workers, running

QUIET: Final = 18 * LEASE
"""How long nothing may begin or end before all is taken to be over, in seconds.

Longer than a lease, the rounds of those who look for expired ones, the pauses of those who look for a
server that is away, and the start of a worker, all of them on a machine that is busy.
"""
DEADLINE: Final = 900
"""How long a scenario may take, in seconds."""

RUNS: Final = """
CREATE TABLE run (
    id bigserial PRIMARY KEY, number integer NOT NULL, attempt integer NOT NULL,
    started timestamptz NOT NULL DEFAULT clock_timestamp(), ended timestamptz
);
CREATE TABLE asked (number integer NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp())
"""
COUNTS: Final = """
SELECT count(*) FILTER (WHERE coalesce(ends, 0) = 0),
       count(*) FILTER (WHERE begins > 1),
       count(*) FILTER (WHERE begins > 1 AND told >= begins - 1)
FROM asked LEFT JOIN (
    SELECT number, count(*) AS begins, count(ended) AS ends, count(*) FILTER (WHERE attempt > 1) AS told
    FROM run GROUP BY number
) AS runs USING (number)
"""
PROGRESS: Final = "SELECT count(*), count(ended), count(DISTINCT number) FILTER (WHERE ended IS NOT NULL) FROM run"


class Progress(NamedTuple):
    """How many runs have begun and ended, and how many tasks are done."""

    begun: int
    ended: int
    done: int


@dataclass
class Bench:
    """A candidate with its servers."""

    candidate: Candidate
    servers: Servers
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """Of the workers, and of who enqueues."""
        return {
            "DJANGO_SETTINGS_MODULE": "proofs.tasks_bakeoff.site.settings",
            "CANDIDATE": self.candidate.name,
            "DATABASE_URL": self.servers.database_url,
            "BROKER_URL": self.servers.broker_url,
            "LEASE": str(LEASE),
            "PYTHONPATH": f"{TEMPLATE}{os.pathsep}{TEMPLATE / 'tests'}",
        }

    def manage(self, *arguments: str) -> None:
        """Run a command of Django. Raises CalledProcessError when it fails."""
        subprocess.run(
            [sys.executable, "-m", "django", *arguments],
            cwd=TEMPLATE,
            env=os.environ | self.environment,
            check=True,
        )

    def query(self, sql: str) -> Any:
        """Return the first row."""
        with psycopg.connect(self.servers.database_url, autocommit=True) as connection:
            return connection.execute(sql).fetchone()

    def empty(self) -> None:
        """Forget the runs so far."""
        with psycopg.connect(self.servers.database_url, autocommit=True) as connection:
            connection.execute("TRUNCATE run, asked")

    def enqueue(self, number: int, seconds: float) -> None:
        """Enqueue so many tasks, each of which takes so long."""
        self.manage("ask", str(number), str(seconds))

    def progress(self) -> Progress:
        """Return how far it is."""
        return Progress(*self.query(PROGRESS))

    def until(self, workers: Workers, reached: Callable[[Progress], bool]) -> bool:
        """Wait, and say whether it was reached, or nothing went on any more."""
        give_up = time.monotonic() + DEADLINE
        last, changed = Progress(-1, -1, -1), time.monotonic()
        while time.monotonic() < give_up:
            workers.keep()
            with contextlib.suppress(psycopg.OperationalError):
                now = self.progress()
                if reached(now):
                    return True
                if now != last:
                    last, changed = now, time.monotonic()
            if time.monotonic() - changed > QUIET:
                return False
            time.sleep(0.02)
        return False

    def counted(self, tasks: int) -> Counts:
        """Count, once all is over."""
        lost, twice, told = self.query(COUNTS)
        return Counts(tasks, lost, twice, told, self.stuck())

    def stuck(self) -> int:
        """Return how many tasks the queue still takes for running."""
        if self.candidate.is_celery:
            command = [
                "docker",
                "exec",
                self.servers.valkey,
                "valkey-cli",
                "ZCARD",
                "unacked_index",
            ]
            return int(subprocess.check_output(command))
        (number,) = self.query(self.candidate.running)
        return int(number)


def run(candidate: Candidate, servers: Servers, sizes: Sizes) -> Outcome:
    """Do everything to a candidate."""
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(candidate, servers, Path(folder))
        bench.manage("migrate", "--verbosity", "0")
        with psycopg.connect(servers.database_url, autocommit=True) as connection:
            connection.execute(RUNS)
        log = Path(os.environ.get("TASKS_LOG", folder)) / f"{candidate.name}.log"
        rate, latency = _speed(bench, sizes, log)
        kills = _kills(bench, sizes, log)
        stop, seconds = _stop(bench, log)
        restart, deaths = _restart(bench, sizes, log)
    return Outcome(kills, stop, seconds, restart, deaths, rate, latency)


def _speed(bench: Bench, sizes: Sizes, log: Path) -> tuple[float, float]:
    """Return tasks a second of a full queue, and the median of enqueue to start in ms."""
    with running(bench.candidate, bench.environment, log) as workers:
        bench.enqueue(1, 0)
        bench.until(workers, lambda now: now.done >= 1)
        workers.stop()
        bench.empty()
        bench.enqueue(sizes.drained, 0)
        workers.start()
        bench.until(workers, lambda now: now.done >= sizes.drained)
        first, last = bench.query("SELECT min(started), max(ended) FROM run")
        bench.empty()
        for number in range(1, sizes.single + 1):
            bench.enqueue(1, 0)
            bench.until(workers, lambda now: now.ended >= number)  # noqa: B023  # called at once
        with psycopg.connect(bench.servers.database_url) as connection:
            rows = connection.execute("SELECT at FROM asked ORDER BY at").fetchall()
            starts = connection.execute("SELECT started FROM run ORDER BY started").fetchall()
        workers.stop()
        bench.empty()
    waits = [(start - at).total_seconds() for (at,), (start,) in zip(rows, starts, strict=True)]
    return sizes.drained / (last - first).total_seconds(), statistics.median(waits) * 1000


def _kills(bench: Bench, sizes: Sizes, log: Path) -> Counts:
    """Kill a worker again and again while the tasks are done."""
    bench.empty()
    bench.enqueue(sizes.tasks, 0.02)
    with running(bench.candidate, bench.environment, log) as workers:
        for number in range(sizes.kills):
            # Between its first tasks and its last ones.
            due = sizes.tasks * (number + 1) // (sizes.kills + 2)
            bench.until(workers, lambda now: now.done >= due)  # noqa: B023  # called at once
            workers.kill()
        _finish(bench, workers, sizes.tasks)
        workers.stop()
    return bench.counted(sizes.tasks)


def _stop(bench: Bench, log: Path) -> tuple[Counts, float]:
    """Stop all workers while each of them runs what it can, and start them again."""
    tasks = 24
    bench.empty()
    bench.enqueue(tasks, 1)
    with running(bench.candidate, bench.environment, log) as workers:
        bench.until(workers, lambda now: now.begun >= 6)  # noqa: PLR2004  # all are busy
        seconds = workers.stop()
        workers.start()
        _finish(bench, workers, tasks)
        workers.stop()
    return bench.counted(tasks), seconds


def _restart(bench: Bench, sizes: Sizes, log: Path) -> tuple[Counts, int]:
    """Restart what the queue is kept in, under load; who dies of it is started again."""
    tasks = max(40, sizes.tasks // 5)
    bench.empty()
    bench.enqueue(tasks, 0.05)
    with running(bench.candidate, bench.environment, log) as workers:
        bench.until(workers, lambda now: now.done >= tasks // 4)
        if bench.candidate.is_celery:
            bench.servers.restart_valkey()
        else:
            bench.servers.restart_postgresql()
        _finish(bench, workers, tasks)
        deaths = workers.deaths
        workers.stop()
    return bench.counted(tasks), deaths


def _finish(bench: Bench, workers: Workers, tasks: int) -> None:
    """Wait until all are done and nothing is running, or nothing goes on any more."""
    if bench.until(workers, lambda now: now.done >= tasks):
        give_up = time.monotonic() + QUIET
        while bench.stuck() and time.monotonic() < give_up:
            workers.keep()
            time.sleep(0.1)
