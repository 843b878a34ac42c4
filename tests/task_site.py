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

from quality import environment_for
from rendering import render, run
from stacks import docker, free_port

DEADLINE: Final = 600
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


def wait_for_note(what: str) -> None:
    with connection.cursor() as cursor:
        while not cursor.execute("SELECT 1 FROM note WHERE what = %s", [what]).rowcount:
            time.sleep(0.1)
"""
DATABASE_TASKS: Final = (
    SHOP_TASKS.replace("DECORATOR", "from django.tasks import task")
    + """

@task(takes_context=True)
def work(context, number: int, seconds: float) -> None:
    note(number, context.attempt, "begun")
    time.sleep(seconds if context.attempt == 1 else 0)
    note(number, context.attempt, "ended")


@task(takes_context=True)
def hold(context, number: int) -> None:
    note(number, context.attempt, "begun")
    wait_for_note("released")
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
    time.sleep(seconds if attempt(self) == 1 else 0)
    note(number, attempt(self), "ended")


@shared_task(bind=True)
def hold(self, number: int) -> None:
    note(number, attempt(self), "begun")
    wait_for_note("released")
    note(number, attempt(self), "ended")


@shared_task(bind=True)
async def work_async(self, number: int) -> None:
    await asyncio.to_thread(note, number, 1, "ended")


@shared_task(bind=True)
def fail(self, number: int) -> None:
    note(number, attempt(self), "begun")
    raise RuntimeError("as it should")


@shared_task(bind=True)
def poison(self, number: int) -> None:
    note(number, attempt(self), "begun")
    os.kill(os.getpid(), signal.SIGKILL)
"""
)


LONG: Final = "600"
"""How many seconds the first attempt of a task takes that shall not end by itself."""

END_LEASES: Final = "UPDATE django_ox_oxtask SET lease_expires_at = now() WHERE status = 'RUNNING'"

AGE: Final = """
for _, message in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
    redis.call('ZADD', KEYS[1], 0, message)
end
"""
"""Makes all messages old that a worker has received and not acknowledged."""


class Site:
    """A project with its servers, and the workers that were started."""

    def __init__(
        self,
        project: Path,
        python: Path,
        environment: dict[str, str],
        database: str,
        queue: str,
    ) -> None:
        """Take the variables that every process of it has, and the containers of both servers."""
        self.project, self.python, self.environment = project, python, environment
        self.database, self.queue = database, queue
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
        rows = self.query("SELECT what, number, attempt FROM note ORDER BY 2, 3")
        return [(int(number), int(attempt)) for kind, number, attempt in rows if kind == what]

    def query(self, sql: str) -> list[list[str]]:
        """Return the rows of a query, or none of a command."""
        psql = ("psql", "--username", "postgres", "--quiet", "-AtF,", "--command", sql)
        return [line.split(",") for line in docker("exec", self.database, *psql).splitlines()]

    @property
    def table(self) -> str:
        """Where the tasks are, and what became of them."""
        return "django_celery_results_taskresult" if self.is_celery else "django_ox_oxtask"

    def statuses(self, task: str = "%") -> list[str]:
        """Return the status of each task of the test's own, or of those with one name."""
        name = "task_name" if self.is_celery else "task_path"
        like = f"{name} LIKE 'shop.home.work.{task}'"
        rows = self.query(f"SELECT status FROM {self.table} WHERE {like}")  # noqa: S608  # ours
        return sorted(status for (status,) in rows)

    def start(self, *options: str) -> subprocess.Popen[str]:
        """Start a worker; the last of its options count."""
        if self.is_celery:
            command = ["-m", "celery", "--app", "config", "worker", "--concurrency", "4"]
            command += ["--loglevel", "INFO", "--hostname", f"w{len(self.workers)}@localhost"]
        else:
            command = ["manage.py", "ox_worker", "--verbosity", "0", "--concurrency", "10"]
            command += ["--interval", "0.2"]
        command += options
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

    def let_leases_end(self) -> None:
        """Let the time pass after which whoever holds a task is taken for lost."""
        if self.is_celery:
            docker("exec", self.queue, "valkey-cli", "EVAL", AGE, "1", "unacked_index")
        else:
            self.query(END_LEASES)

    def until(self, reached: Callable[[], object]) -> None:
        """Wait for it. Raises AssertionError, with the workers' log, after the deadline."""
        give_up = time.monotonic() + DEADLINE
        while not reached():
            assert time.monotonic() < give_up, self.log.read_text()
            time.sleep(0.1)

    @contextmanager
    def emptied(self) -> Iterator[None]:
        """Forget what the tasks have written, and end the workers afterwards."""
        self.log.write_text("")
        self.query("TRUNCATE note RESTART IDENTITY")
        try:
            yield
        finally:
            self.end()

    def end(self) -> None:
        """End what is left of the workers."""
        for worker in self.workers:
            if worker.poll() is None:
                self.kill(worker)
        self.workers = []


@contextmanager
def site_on_servers(folder: Path, choice: str) -> Iterator[Site]:
    """Make a site with tasks of its own, on a PostgreSQL and a Valkey of its own."""
    project = render(folder, tasks=choice, project_slug="shop")
    python = environment_for(project)
    tasks = DATABASE_TASKS if choice == "database" else CELERY_TASKS
    (project / "shop" / "home" / "work.py").write_text(tasks)
    with (
        container("postgres:18", 5432, POSTGRES_HOST_AUTH_METHOD="trust") as (database, host),
        container("valkey/valkey:9", 6379) as (queue, valkey),
    ):
        environment = {
            "DATABASE_URL": f"postgres://postgres@{host}/postgres",
            "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}",
        }
        if choice == "celery":
            environment["QUEUE_URL"] = f"redis://{valkey}/0"
            settings = project / "config" / "settings" / "local.py"
            settings.write_text(
                "from config.settings.development import *\nCELERY_IMPORTS = ['shop.home.work']\n"
            )
            environment["DJANGO_SETTINGS_MODULE"] = "config.settings.local"
        site = Site(project, python, environment, database, queue)
        until(
            lambda: run(python, "manage.py", "migrate", cwd=project, **environment).returncode == 0
        )
        site.query("CREATE TABLE note (number integer, attempt integer, what text, id bigserial)")
        yield site


@contextmanager
def container(image: str, port: int, **environment: str) -> Iterator[tuple[str, str]]:
    """Run a server in a container, and give its id and its address, with which it comes back."""
    variables = [part for name in environment for part in ("--env", f"{name}={environment[name]}")]
    address = f"127.0.0.1:{free_port()}"
    identifier = docker("run", "--detach", f"--publish={address}:{port}", *variables, image)
    try:
        yield identifier, address
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
