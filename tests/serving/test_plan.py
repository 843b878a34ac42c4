"""`manage.py serving --plan`: the arithmetic of scale, and what PostgreSQL sees of it."""

import json
import os
import signal
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import pytest
from django.db import connection
from pytest_django import Settings

from asgi_serving.checks.connections import ServerAnswer
from asgi_serving.inspection import connections
from asgi_serving.inspection.plan import FIGURES, plan
from asgi_serving.inspection.size import Size
from tests.serving.server import Server, gunicorn, manage, wait_for
from tests.serving.site.pages import LOCK

ADVICE = "what to change, in this order"
DEFAULT = "connections to default"
DURING_UPDATE = "all, old and new, during an update"


def of(
    settings: Settings, pool: Any, answer: ServerAnswer | None, /, **size: int
) -> dict[str, Any]:
    """Plan for a PostgreSQL server that gives an answer."""
    one = {"replicas": 1, "cpus": 2, "workers": 2, "lanes": 10, "pool": 0, "task_workers": 0}
    engine = "django.db.backends.postgresql"
    settings.DATABASES = {"default": {"ENGINE": engine, "OPTIONS": {"pool": pool} if pool else {}}}
    with patch.object(connections, "ask_server", return_value=answer):
        return plan(Size(**{**one, **size}))


POOL = {"min_size": 2, "max_size": 10}
GIVES_97 = ServerAnswer(is_pooler=False, limit=97)
PLAIN = pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")  # nothing connects


@PLAIN
@pytest.mark.parametrize(
    ("pool", "size", "numbers"),
    [
        (POOL, {}, (10, 20, 0, 3, 43)),
        (POOL, {"replicas": 3}, (10, 60, 0, 3, 123)),
        (POOL, {"workers": 4, "task_workers": 1}, (10, 40, 12, 3, 107)),
        (POOL, {"pool": 5, "lanes": 5}, (5, 10, 0, 3, 23)),
        (True, {}, (4, 8, 0, 4, 20)),
        (None, {"pool": 5}, (13, 26, 0, 1, 53)),
    ],
)
def test_connections_are_counted(
    settings: Settings, pool: Any, size: dict[str, int], numbers: tuple[int, ...]
) -> None:
    """Where there is no pool, a thread has a connection: each lane, and those of asyncio."""
    with patch.object(connections, "_background_threads", return_value=3):
        rows = of(settings, pool, GIVES_97, **size)[DEFAULT]
    names = ("each worker", "all workers", "all task workers", "migrate", DURING_UPDATE)
    assert tuple(rows[name] for name in names) == numbers
    assert rows["granted"] == 97


@PLAIN
@pytest.mark.parametrize(
    ("pool", "answer", "size", "advice"),
    [
        (POOL, GIVES_97, {}, []),
        (POOL, GIVES_97, {"workers": 3}, ["Start 2 workers"]),
        (POOL, GIVES_97, {"lanes": 11}, ["Set LANES to 10"]),
        (POOL, GIVES_97, {"replicas": 3}, ["Set DATABASE_POOL_MAX_SIZE and LANES to 7", "Raise", "Put"]),
        (POOL, GIVES_97, {"replicas": 3, "pool": 7, "lanes": 7}, []),
        (POOL, GIVES_97, {"replicas": 9}, ["Raise max_connections of 'default' by 266", "Put"]),
        (POOL, ServerAnswer(is_pooler=True, limit=97), {"replicas": 9}, []),
        (POOL, None, {"replicas": 9}, ["Raise", "Put"]),
        (None, GIVES_97, {"lanes": 0}, ["Set LANES, or give 'default' a pool"]),
    ],
)  # fmt: skip
def test_advice_is_what_makes_it_fit(
    settings: Settings,
    pool: Any,
    answer: ServerAnswer | None,
    size: dict[str, int],
    advice: list[str],
) -> None:
    found = of(settings, pool, answer, **size)[ADVICE]
    assert len(found) == len(advice), found
    for sentence, beginning in zip(found, advice, strict=True):
        assert sentence.startswith(beginning)


@PLAIN
def test_who_grants_the_connections_is_said(settings: Settings) -> None:
    def granted(answer: ServerAnswer | None) -> tuple[Any, str]:
        rows = of(settings, POOL, answer)[DEFAULT]
        return rows["granted"], rows["granted by"]

    settings.ASGI_SERVING = {}
    assert granted(GIVES_97)[1].startswith("the server")
    assert granted(None)[1].startswith("PostgreSQL's default")
    unknown, pooler = granted(ServerAnswer(is_pooler=True, limit=97))
    assert (unknown, pooler.startswith("a pooler")) == ("unknown", True)
    settings.ASGI_SERVING = {"DATABASE_CONNECTIONS": 40}
    assert granted(GIVES_97) == (40, "DATABASE_CONNECTIONS")


@PLAIN
def test_a_worker_answers_what_was_measured_for_each_cpu(settings: Settings) -> None:
    figures = json.loads(FIGURES.read_text())
    sections = of(settings, POOL, GIVES_97, replicas=3, cpus=2, workers=5)
    answers = sections["answers a second, estimated"]
    assert answers == {page: 6 * rate for page, rate in figures["answers a second"].items()}
    assert sections["memory in MB, estimated"]["each replica"] == 5 * figures["memory in MB"]
    assert sections["measured, of one worker"]["on"] == figures["machine"]


def test_table_is_for_people_and_json_for_programs(production: dict[str, str]) -> None:
    """SQLite takes no connections, but replicas cannot share it."""
    asked = ["serving", "--plan", "--replicas", "2", "--cpus", "1", "--workers", "1"]
    done = manage(*asked, env=production)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Memory in MB, estimated" in done.stdout
    sections = json.loads(manage(*asked, "--json", env=production).stdout)
    assert [title for title in sections if title.startswith("connections")] == []
    assert sections["size"] | {"replicas": 2, "cpus": 1, "workers": 1} == sections["size"]
    [advice] = sections[ADVICE]
    assert f"1  {advice}" in done.stdout
    assert advice.startswith("Use PostgreSQL")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--plan", "--workers", "0"], "--workers must be a whole number, 1 or more, not '0'."),
        (["--plan", "--lanes=-1"], "--lanes must be a whole number, 0 or more, not '-1'."),
        (["--plan", "--task-workers", "two"], "--task-workers must be a whole number, 0 or more,"),
        (["--replicas", "2"], "--replicas is for --plan."),
    ],
)
def test_wrong_number_is_one_line(
    production: dict[str, str], arguments: list[str], line: str
) -> None:
    done = manage("serving", *arguments, env=production)
    assert (done.returncode, done.stdout) == (1, "")
    [said] = done.stderr.splitlines()
    assert said.startswith(f"CommandError: {line}")


class Watch:
    """Counts the connections of those that are called so, and remembers the most."""

    def __init__(self, url: str, name: str) -> None:
        import psycopg  # noqa: PLC0415  # SQLite does without

        self.most = self.now = self.looks = 0
        self.ended = threading.Event()
        self._connection = psycopg.connect(url, autocommit=True)
        self._name = name
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def look_on(self, server: Server) -> None:
        """Look a hundred times more: whatever wants another connection has the time to take it."""
        looks = self.looks + 100
        wait_for(lambda: self.looks > looks, server)

    def stop(self) -> None:
        self.ended.set()
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s"
        while not self.ended.wait(0.01):
            [self.now] = self._connection.execute(query, [self._name]).fetchone() or [0]
            self.most = max(self.most, self.now)
            self.looks += 1


@contextmanager
def new_database() -> Iterator[tuple[str, str]]:
    """Make a database; give its URL and its name."""
    import psycopg  # noqa: PLC0415  # SQLite does without

    url = os.environ["DATABASE_URL"]
    name = f"plan_{uuid.uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            yield urlsplit(url)._replace(path=f"/{name}").geturl(), name
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def held_pages(server: Server, url: str, watch: Watch) -> Iterator[Any]:
    """Give a function that asks for more pages than there are connections; they answer at the end."""
    import psycopg  # noqa: PLC0415  # SQLite does without

    asked: list[Future[int]] = []

    def ask_until(number: int) -> None:
        def look() -> bool:
            if len(asked) < 20 * number:
                path = "/pages/locked/"
                asked.append(clients.submit(lambda: server.client.get(path).status_code))
            return watch.now >= number

        wait_for(look, server)

    with ThreadPoolExecutor(500) as clients:
        with psycopg.connect(url, autocommit=True) as other:
            other.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            yield ask_until
        assert {each.result() for each in asked} == {200}


@pytest.mark.skipif(connection.vendor == "sqlite", reason="only PostgreSQL grants connections")
def test_postgresql_sees_as_many_connections_as_planned(
    production: dict[str, str], tmp_path: Path
) -> None:
    """Between updates and during one, when each request holds its connection: all, and no more."""
    with new_database() as (url, name):
        env = {
            **production,
            "DATABASE_URL": url,
            "DATABASE_POOL_MIN_SIZE": "1",
            "DATABASE_POOL_MAX_SIZE": "3",
            "DATABASE_POOL_TIMEOUT": "600",
            "DATABASE_STATEMENT_TIMEOUT": "0",
            "GUNICORN_GRACEFUL_TIMEOUT": "600",
            "LANES": "3",
            "LANES_WAIT": "600",
            "PGAPPNAME": name,
            "WEB_CONCURRENCY": "2",
        }
        assert manage("migrate", env=env).returncode == 0
        told = json.loads(manage("serving", "--plan", "--json", env=env).stdout)[DEFAULT]
        watch = Watch(url, name)
        try:
            with gunicorn(tmp_path, env) as server, held_pages(server, url, watch) as ask_until:
                ask_until(told["all workers"])
                watch.look_on(server)
                assert watch.most == told["all workers"] == 6
                server.process.send_signal(signal.SIGHUP)
                wait_for(lambda: started(server) == 4, server)
                ask_until(2 * told["all workers"])
                assert manage("migrate", env=env).returncode == 0
        finally:
            watch.stop()
    assert 2 * told["all workers"] <= watch.most <= told[DURING_UPDATE]


def started(server: Server) -> int:
    """Count the workers that have become ready."""
    return sum("startup complete" in line["message"] for line in server.lines())
