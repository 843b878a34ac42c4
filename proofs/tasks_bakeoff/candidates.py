"""Who competes: how its workers are started, and where its tasks are seen."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Final

MANAGE: Final = (sys.executable, "-m", "django")
LEASE: Final = 5
"""How long a candidate with leases waits for a worker that says nothing, in seconds."""


@dataclass(frozen=True)
class Candidate:
    """One way to run tasks.

    name: also that of its settings, in `site/settings.py`.
    workers: a command for each worker process; four tasks run at a time in all of them together.
    running: counts what the queue takes for running, in SQL; Celery's is in Valkey.
    """

    name: str
    workers: tuple[tuple[str, ...], ...]
    running: str = ""

    @property
    def is_celery(self) -> bool:
        """Whether its queue is in Valkey."""
        return self.name.startswith("celery")


CANDIDATES: Final = (
    Candidate(
        "django-tasks-db",
        ((*MANAGE, "db_worker", "--no-startup-delay", "--no-reload"),) * 4,
        "SELECT count(*) FROM django_tasks_database_dbtaskresult WHERE status = 'RUNNING'",
    ),
    Candidate(
        "django-tasks-db + 200 lines",
        ((*MANAGE, "leased_worker"),) * 2,
        "SELECT count(*) FROM django_tasks_database_dbtaskresult WHERE status = 'RUNNING'",
    ),
    Candidate(
        "dj-queue",
        # In processes that it forks it shares the connections of the pool, and fails.
        ((*MANAGE, "dj_queue", "--mode", "async"),) * 2,
        "SELECT count(*) FROM dj_queue_claimed_executions",
    ),
    Candidate(
        "django-ox",
        ((*MANAGE, "ox_worker", "--concurrency", "2"),) * 2,
        "SELECT count(*) FROM django_ox_oxtask WHERE status = 'RUNNING'",
    ),
    Candidate(
        "celery",
        (
            (
                sys.executable, "-m", "celery", "--app", "proofs.tasks_bakeoff.site.celery",
                "worker", "--concurrency", "2", "--loglevel", "WARNING",
            ),
        ) * 2,
    ),
)  # fmt: skip
