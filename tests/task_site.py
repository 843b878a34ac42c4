"""A project with tasks on real servers, its workers, and what the tasks have written down."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rendering import run
from stacks import docker

DEADLINE: Final = 120
"""How long anything here may take, in seconds: ten times what it takes."""

SHOP_TASKS: Final = """
import asyncio
import os
import signal
import time

from django.db import connection

DECORATOR


def note(number: int, attempt: int, what: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO note VALUES (%s, %s, %s)", [number, attempt, what])
"""
DATABASE_TASKS: Final = (
    SHOP_TASKS.replace("DECORATOR", "from django.tasks import task")
    + """

@task(takes_context=True)
def work(context, number: int, seconds: float) -> None:
    note(number, context.attempt, "begun")
    time.sleep(seconds)
    note(number, context.attempt, "ended")


@task(takes_context=True)
async def work_async(context, number: int) -> None:
    await asyncio.sleep(0)
    await asyncio.to_thread(note, number, context.attempt, "ended")


@task(takes_context=True)
def fail(context, number: int) -> None:
    note(number, context.attempt, "begun")
    raise RuntimeError("as it should")


@task(takes_context=True)
def poison(context, number: int) -> None:
    note(number, context.attempt, "begun")
    os.kill(os.getpid(), signal.SIGKILL)
"""
)
CELERY_TASKS: Final = (
    SHOP_TASKS.replace("DECORATOR", "from celery import shared_task")
    + """

def attempt(task) -> int:
    return task.request.retries + 1 + bool(task.request.delivery_info.get("redelivered"))


@shared_task(bind=True)
def work(self, number: int, seconds: float) -> None:
    note(number, attempt(self), "begun")
    time.sleep(seconds)
    note(number, attempt(self), "ended")


@shared_task(bind=True)
async def work_async(self, number: int) -> None:
    await asyncio.to_thread(note, number, 1, "ended")


@shared_task(bind=True, retry_backoff=1)
def fail(self, number: int) -> None:
    note(number, attempt(self), "begun")
    raise RuntimeError("as it should")


@shared_task(bind=True)
def poison(self, number: int) -> None:
    note(number, attempt(self), "begun")
    os.kill(os.getpid(), signal.SIGKILL)
"""
)


class Site:
    """A project with its servers, and the workers that were started."""

    def __init__(
        self, project: Path, python: Path, environment: dict[str, str], database: str
    ) -> None:
        """Take the variables that every process of it has, and the container of PostgreSQL."""
        self.project, self.python, self.environment = project, python, environment
        self.database = database
        self.workers: list[subprocess.Popen[str]] = []
        self.log = project / "worker.log"

    @property
    def is_celery(self) -> bool:
        """Whether the queue is in Valkey."""
        return "QUEUE_URL" in self.environment

    def shell(self, code: str, *, fails: bool = False) -> str:
        """Run code in the project, and return what it printed."""
        arguments = ("manage.py", "shell", "--no-imports", "-v", "0", "--command", code)
        done = run(self.python, *arguments, cwd=self.project, **self.environment)
        assert (done.returncode != 0) is fails, done.stdout + done.stderr
        return (done.stdout + done.stderr).strip()

    def enqueue(self, task: str, *arguments: str, numbers: int = 1) -> None:
        """Enqueue a task for each number from 0, in one transaction."""
        method = "delay_on_commit" if self.is_celery else "enqueue"
        call = f"{task}.{method}({', '.join(['number', *arguments])})"
        self.shell(
            f"from django.db import transaction\nfrom shop.home.work import {task}\n"
            f"with transaction.atomic():\n    for number in range({numbers}): {call}"
        )

    def notes(self, what: str) -> list[tuple[int, int]]:
        """Return number and attempt of each note, in order."""
        query = "SELECT what, number, attempt FROM note ORDER BY 2, 3"
        psql = ("psql", "--username", "postgres", "-AtF,", "--command", query)
        rows = [line.split(",") for line in docker("exec", self.database, *psql).splitlines()]
        return [(int(number), int(attempt)) for kind, number, attempt in rows if kind == what]

    def start(self) -> subprocess.Popen[str]:
        """Start a worker; Celery's is the scheduler, too, if it is the first."""
        if self.is_celery:
            command = ["-m", "celery", "--app", "config", "worker", "--concurrency", "4"]
            command += ["--loglevel", "INFO", "--hostname", f"w{len(self.workers)}@localhost"]
        else:
            command = ["manage.py", "ox_worker", "--verbosity", "0", "--concurrency", "10"]
            command += ["--lock-timeout", "3", "--interval", "0.2"]
        with self.log.open("a") as log:
            worker = subprocess.Popen(
                [self.python, *command], cwd=self.project, env=os.environ | self.environment,
                stdout=log, stderr=log, text=True, start_new_session=True,
            )  # fmt: skip
        self.workers.append(worker)
        return worker

    def kill(self, worker: subprocess.Popen[str]) -> None:
        """Kill it with its children, as the kernel does when memory is short."""
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()

    def until(self, reached: Callable[[], object]) -> None:
        """Wait for it. Raises AssertionError, with the workers' log, after the deadline."""
        give_up = time.monotonic() + DEADLINE
        while not reached():
            assert time.monotonic() < give_up, self.log.read_text()
            time.sleep(0.1)

    def end(self) -> None:
        """End what is left of the workers."""
        for worker in self.workers:
            if worker.poll() is None:
                self.kill(worker)
        self.workers = []


@contextmanager
def container(image: str, *command: str, **environment: str) -> Iterator[tuple[str, str]]:
    """Run a server in a container, and give its id and its address."""
    variables = [part for name in environment for part in ("--env", f"{name}={environment[name]}")]
    identifier = docker("run", "--detach", *variables, image, *command)
    try:
        network = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
        yield identifier, docker("inspect", "--format", network, identifier)
    finally:
        docker("rm", "--force", "--volumes", identifier)


ENQUEUING: Final = """

def enqueue(request):
    from django.http import HttpResponse

    from {slug}.home.work import work

    work.{method}(int(request.GET["number"]), 0.5)
    return HttpResponse("enqueued")


urlpatterns.append(path("enqueue/", enqueue))
"""
"""A page of a project that enqueues a task."""


def until(reached: Callable[[], object]) -> None:
    """Wait for it. Raises AssertionError after the deadline."""
    give_up = time.monotonic() + DEADLINE
    while not reached():
        assert time.monotonic() < give_up
        time.sleep(0.5)
