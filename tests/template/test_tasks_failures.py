"""Tasks that fail, servers that are away, and what people do about it in the admin."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx
import pytest
from stacks import docker, free_port
from task_site import DEADLINE, LONG, Site

pytestmark = [pytest.mark.compose, pytest.mark.night]

PAUSES: Final = [10, 20, 40, 80]
"""Before the second to the fifth attempt, in seconds; each is spread."""

AT_ONCE: Final = """
from celery.app import autoretry

pause_of = autoretry.get_exponential_backoff_interval


def at_once(**how):
    note(int(how["full_jitter"]), int(pause_of(**how | {"full_jitter": False})), "pause")
    return 0


autoretry.get_exponential_backoff_interval = at_once
"""
"""Writes down how long Celery would wait at most, and lets it wait no time."""

PAGE: Final = """

def write_and_enqueue(request):
    from django.db import transaction
    from django.http import HttpResponse

    from shop.home.work import note, work

    with transaction.atomic():
        note(1, 1, "asked")
        work.delay_on_commit(1, 0)
    return HttpResponse("enqueued")


urlpatterns.append(path("enqueue/", write_and_enqueue))
"""

ADMIN: Final = """
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

User = get_user_model()
if not User.objects.filter(is_superuser=True).exists():
    User.objects.create_superuser("ada@example.com", password="not-a-secret-1")
client = Client(headers={"host": "localhost"})
client.force_login(User.objects.get(is_superuser=True), settings.AUTHENTICATION_BACKENDS[-1])
page = reverse("admin:MODEL_changelist")
"""


@pytest.fixture
def site(made: Site) -> Iterator[Site]:
    """Return the site without notes, tasks and workers."""
    made.query(f"TRUNCATE {made.table} CASCADE")
    if made.is_celery:
        docker("exec", made.queue, "valkey-cli", "FLUSHALL")
    with made.emptied():
        yield made


@pytest.fixture
def celery_site(site: Site) -> Site:
    """Return the site if its queue is a server of its own."""
    if not site.is_celery:
        pytest.skip("The queue is a table: what is said here can only happen to a second server")
    return site


@contextmanager
def changed(path: Path, text: str) -> Iterator[None]:
    """Add a text to a file of the site, for a while."""
    before = path.read_text("utf-8")
    path.write_text(before + text, "utf-8")
    try:
        yield
    finally:
        path.write_text(before, "utf-8")


@contextmanager
def away(server: str) -> Iterator[None]:
    """Stop a server, and start it again."""
    docker("stop", "--time", "10", server)
    try:
        yield
    finally:
        docker("start", server)


def answers(server: str, *question: str) -> bool:
    """Return whether a server is there again."""
    try:
        docker("exec", server, *question)
    except subprocess.CalledProcessError:
        return False
    return True


def told(site: Site, words: str) -> list[str]:
    """Return the lines of the worker's log with these words."""
    return [line for line in site.log.read_text().splitlines() if words in line]


def test_what_fails_is_tried_again_later_and_later(site: Site) -> None:
    """Five times in all, after pauses that double and are spread, which are not waited for here."""
    work = site.project / "shop" / "home" / "work.py"
    with changed(work, AT_ONCE if site.is_celery else ""):
        site.start()
        site.enqueue("fail")

        def given_up() -> bool:
            if not site.is_celery:
                site.query("UPDATE django_ox_oxtask SET run_after = now() WHERE status = 'READY'")
            return site.statuses() in (["FAILURE"], ["FAILED"])

        site.until(given_up)
    assert site.notes("begun") == [(0, attempt) for attempt in range(1, 6)]
    if site.is_celery:
        # The last one is asked for, and not waited for.
        assert site.notes("pause") == [(1, pause) for pause in [*PAUSES, 160]]
    else:
        pauses = [float(pause) for pause in re.findall(r"retrying in (.*)s", site.log.read_text())]
        for told, expected in zip(pauses, PAUSES, strict=True):
            assert 0.75 * expected <= told <= 1.25 * expected
        assert pauses != PAUSES


def test_higher_priority_is_first(site: Site) -> None:
    """Whatever was enqueued before."""
    site.enqueue("work", "0", numbers=6)
    soon = (
        "work.apply_async_on_commit((10, 0), priority=0)"
        if site.is_celery
        else "work.using(priority=50).enqueue(10, 0)"
    )
    site.shell(f"from shop.home.work import work\n{soon}")
    site.start("--concurrency", "1")
    site.until(lambda: len(site.notes("ended")) == 7)
    first = site.query("SELECT number FROM note WHERE what = 'begun' ORDER BY id LIMIT 1")
    assert first == [["10"]]


def test_admin_shows_tasks_and_runs_failed_ones_again(site: Site) -> None:
    """What waits, what runs and what has failed; then what was mended is run again."""
    work = site.project / "shop" / "home" / "work.py"
    model = "django_celery_results_taskresult" if site.is_celery else "django_ox_oxtask"
    code = ADMIN.replace("MODEL", model)
    show = f"{code}\nprint(client.get(page).content.decode())"
    worker = site.start("--concurrency", "1")
    with changed(work, "\n\nfail.max_retries = 0\n" if site.is_celery else ""):
        site.kill(worker)
        worker = site.start("--concurrency", "1")
        site.enqueue("fail")
        if not site.is_celery:
            site.until(lambda: site.statuses() == ["READY"] and site.notes("begun"))
            site.query("UPDATE django_ox_oxtask SET attempts = 4, run_after = now()")
        site.until(lambda: site.statuses() in (["FAILURE"], ["FAILED"]))
        site.enqueue("work", LONG)
        running = "STARTED" if site.is_celery else "RUNNING"
        site.until(lambda: running in site.statuses())
        site.enqueue("work_async")
    waits, failed = ("PENDING", "FAILURE") if site.is_celery else ("READY", "FAILED")
    shown = site.shell(show)
    for status, name in ((running, "work"), (failed, "fail"), (waits, "work_async")):
        assert status.lower() in shown.lower()
        assert f"shop.home.work.{name}" in shown
    site.kill(worker)
    site.query(f"DELETE FROM {site.table} WHERE status = '{running}'")
    if site.is_celery:
        docker("exec", site.queue, "valkey-cli", "FLUSHALL")  # it would run again some time
    action = "retry" if site.is_celery else "retry_selected"
    press = (
        f"{code}\nimport shop.home.work\nfrom django.apps import apps\n"
        f"row = apps.get_model('{model.replace('django_celery_results_', 'django_celery_results.').replace('django_ox_', 'django_ox.')}').objects.get(status='{failed}')\n"
        f"answer = client.post(page, {{'action': '{action}', '_selected_action': [row.pk]}}, follow=True)\n"
        "print(*(str(message) for message in answer.context['messages']))"
    )
    said = site.shell(press)
    assert ("1 tasks were sent again" if site.is_celery else "Retried") in said
    mended = 'raise RuntimeError("as it should")'
    before = work.read_text("utf-8")
    work.write_text(before.replace(mended, 'note(number, 1, "mended")'))
    try:
        site.start()
        site.until(lambda: site.notes("mended") == [(0, 1)])
    finally:
        work.write_text(before)


def test_worker_waits_for_a_database_that_is_away(site: Site) -> None:
    """It tells so in one line, stays, and goes on."""
    worker = site.start()
    site.enqueue("work", "0")
    site.until(lambda: site.notes("ended") == [(0, 1)])
    words = "The database cannot be used"
    with away(site.database):
        if not site.is_celery:
            site.until(lambda: told(site, words))
    site.until(lambda: answers(site.database, "pg_isready", "--host", "127.0.0.1"))
    site.enqueue("work", "0", numbers=2)
    site.until(lambda: len(site.notes("ended")) == 3)
    assert worker.poll() is None
    assert "Traceback" not in site.log.read_text()


def test_worker_waits_for_a_queue_that_is_away(celery_site: Site) -> None:
    """It tells so in one line, stays, and goes on."""
    worker = celery_site.start()
    celery_site.enqueue("work", "0")
    celery_site.until(lambda: celery_site.notes("ended") == [(0, 1)])
    with away(celery_site.queue):
        celery_site.until(lambda: told(celery_site, "The queue cannot be used"))
    celery_site.until(lambda: answers(celery_site.queue, "valkey-cli", "ping"))
    celery_site.enqueue("work", "0", numbers=2)
    celery_site.until(lambda: len(celery_site.notes("ended")) == 3)
    assert worker.poll() is None
    assert "Traceback" not in celery_site.log.read_text()
    [outage] = told(celery_site, " WARNING ") + told(celery_site, " ERROR ")
    assert "The queue cannot be used (see QUEUE_URL)" in outage


@contextmanager
def served(site: Site) -> Iterator[httpx.Client]:
    """Serve the site by Gunicorn, with its log in one object a line."""
    address = f"127.0.0.1:{free_port()}"
    environment = site.environment | {"GUNICORN_BIND": address, "LOG_FORMAT": "json"}
    with site.log.open("a") as log:
        server = subprocess.Popen(
            [site.python, "-m", "gunicorn", "config.asgi:application"],
            cwd=site.project, env=os.environ | environment, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        with httpx.Client(base_url=f"http://{address}", timeout=DEADLINE) as client:
            give_up = time.monotonic() + DEADLINE
            while True:
                try:
                    client.get("/")
                except httpx.ConnectError:
                    assert time.monotonic() < give_up, site.log.read_text()
                    time.sleep(0.1)
                else:
                    break
            yield client
    finally:
        server.terminate()
        server.wait(DEADLINE)


def test_request_that_cannot_enqueue_leaves_nothing(celery_site: Site) -> None:
    """It fails before anything is committed, and the log says what to look at, once."""
    with (
        changed(celery_site.project / "config" / "urls.py", PAGE),
        served(celery_site) as client,
    ):
        with away(celery_site.queue):
            assert client.get("/enqueue/").status_code == 500
            assert celery_site.notes("asked") == []
            assert celery_site.statuses() == []
        celery_site.until(lambda: answers(celery_site.queue, "valkey-cli", "ping"))
        assert client.get("/enqueue/").status_code == 200
    assert celery_site.notes("asked") == [(1, 1)]
    assert celery_site.statuses() == ["PENDING"]
    errors = [
        line for line in celery_site.log.read_text().splitlines()
        if line.startswith("{") and json.loads(line)["level"] in {"ERROR", "WARNING"}
    ]  # fmt: skip
    [error] = [line for line in errors if "/enqueue/" in line or "queue" in line]
    assert "The queue cannot be reached (see QUEUE_URL), and nothing was enqueued" in error


def test_lost_message_is_sent_again_once_the_queue_is_empty(celery_site: Site) -> None:
    """Under its own id; while others wait, it may be one of them, and nothing is sent."""
    site = celery_site
    send_again = "import shop.home.work\nfrom shop.home.tasks import send_again\nsend_again()"
    site.enqueue("work", "0")
    docker("exec", site.queue, "valkey-cli", "FLUSHALL")
    site.enqueue("work", "0", numbers=2)
    site.query(f"UPDATE {site.table} SET date_created = now() - interval '11 minutes'")
    assert "was lost" not in site.shell(send_again)
    docker("exec", site.queue, "valkey-cli", "FLUSHALL")
    site.query(f"DELETE FROM {site.table} WHERE id > (SELECT min(id) FROM {site.table})")
    identifiers = site.query(f"SELECT task_id FROM {site.table}")
    assert "was lost, and is sent again" in site.shell(send_again)
    site.start()
    site.until(lambda: site.notes("ended") == [(0, 1)])
    site.until(lambda: site.statuses() == ["SUCCESS"])
    assert site.query(f"SELECT task_id FROM {site.table}") == identifiers


def test_lost_message_of_a_task_that_is_gone_is_told(celery_site: Site) -> None:
    """The code may have been removed since; nothing is sent."""
    site = celery_site
    site.enqueue("work", "0")
    docker("exec", site.queue, "valkey-cli", "FLUSHALL")
    site.query(
        f"UPDATE {site.table} SET task_name = 'shop.home.work.removed', "
        "date_created = now() - interval '11 minutes'"
    )
    said = site.shell("from shop.home.tasks import send_again\nsend_again()")
    assert "shop.home.work.removed" in said
    assert "cannot be sent again: no code has this name" in said
    assert site.statuses() == ["PENDING"]
    assert docker("exec", site.queue, "valkey-cli", "KEYS", "celery*") == ""
