"""Tasks of a project outlive their workers: killed, stopped, out of time, or taken down by them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from task_site import DEADLINE, LONG, Site

pytestmark = pytest.mark.compose


@pytest.fixture
def site(made: Site) -> Iterator[Site]:
    """Return the site without notes and workers."""
    with made.emptied():
        yield made


def test_killed_worker_loses_nothing(site: Site) -> None:
    """Its tasks run again, once, and it is told."""
    worker = site.start()
    site.enqueue("work", LONG, numbers=4)
    site.until(lambda: len(site.notes("begun")) == 4)
    site.kill(worker)
    site.let_leases_end()
    site.start()
    site.until(lambda: len(site.notes("ended")) == 4)
    assert site.notes("begun") == [(n, attempt) for n in range(4) for attempt in (1, 2)]
    assert site.notes("ended") == [(n, 2) for n in range(4)]
    told = "runs again, as its worker was lost" if site.is_celery else "Reclaimed stuck task"
    assert site.log.read_text().count(told) == 4


def test_stopped_worker_ends_what_it_has_begun(site: Site) -> None:
    """And begins nothing more: none is lost, and none runs twice."""
    worker = site.start("--concurrency", "4")
    site.enqueue("hold", numbers=20)
    site.until(lambda: len(site.notes("begun")) == 4)
    worker.terminate()
    told = "Warm shutdown" if site.is_celery else "draining"
    site.until(lambda: told in site.log.read_text())
    site.query("INSERT INTO note VALUES (0, 0, 'released')")
    assert worker.wait(DEADLINE) == 0
    assert site.notes("ended") == site.notes("begun")
    assert len(site.notes("begun")) < 20
    site.start()
    site.until(lambda: len(site.notes("ended")) == 20)
    assert site.notes("begun") == [(n, 1) for n in range(20)]


def test_worker_hands_back_what_does_not_end_in_time(site: Site) -> None:
    """It leaves after its limit; the next one runs the rest, as a second attempt that is told."""
    module = site.project / "config" / ("celery.py" if site.is_celery else "worker.py")
    before = module.read_text("utf-8")
    module.write_text(before.replace("DRAIN: Final = 25", "DRAIN: Final = 1"))
    try:
        worker = site.start()
        site.enqueue("work", LONG, numbers=2)
        site.until(lambda: len(site.notes("begun")) == 2)
        worker.terminate()
        assert worker.wait(DEADLINE) == 0
        assert site.notes("ended") == []
        site.start()
        site.until(lambda: len(site.notes("ended")) == 2)
    finally:
        module.write_text(before)
    assert site.notes("ended") == [(0, 2), (1, 2)]
    told = (
        "will run again" if site.is_celery else "did not end within 1 seconds, and will run again"
    )
    assert told in site.log.read_text()


def test_task_of_a_transaction_that_is_rolled_back_never_runs(site: Site) -> None:
    """One that is enqueued afterwards does, and is the proof that the worker works."""
    method = "delay_on_commit" if site.is_celery else "enqueue"
    said = site.shell(
        "from django.db import transaction\nfrom shop.home.work import work\n"
        f"with transaction.atomic():\n    work.{method}(1, 0)\n    raise RuntimeError('back')",
        fails=True,
    )
    assert "back" in said
    site.start()
    site.enqueue("work", "0")
    site.enqueue("work_async")
    site.until(lambda: len(site.notes("ended")) == 2)
    assert site.notes("begun") == [(0, 1)]


def test_task_that_kills_its_worker_ends_as_failed(site: Site) -> None:
    """After five attempts; the worker is started again each time, as Compose does."""
    site.start()
    site.enqueue("poison")

    def is_given_up() -> bool:
        if site.workers[-1].poll() is not None:
            site.let_leases_end()
            site.start()
        return site.statuses("poison") == ["FAILURE" if site.is_celery else "LOST"]

    site.until(is_given_up)
    assert len(site.notes("begun")) == 5
    site.enqueue("work", "0")
    site.until(lambda: len(site.notes("ended")) == 1)
    assert len(site.notes("begun")) == 6


def test_schedule_is_kept_once_by_two_workers(site: Site) -> None:
    """A tick is one task, however many workers look at the schedule."""
    if site.is_celery:
        pytest.skip("Celery's schedule has a service of its own, of which there is one")
    settings = site.project / "config" / "settings" / "tasks.py"
    before = settings.read_text("utf-8")
    settings.write_text(
        before.replace(
            "SCHEDULE = {",
            'SCHEDULE = {\n    "often": {"task": "shop.home.work.tick", "every": 1},',
        )
    )
    work = site.project / "shop" / "home" / "work.py"
    original = work.read_text("utf-8")
    work.write_text(
        original + "\n\n@task\ndef tick() -> None:\n    note(int(time.time()), 1, 'tick')\n"
    )
    try:
        site.start()
        site.start()
        site.until(lambda: len(site.notes("tick")) >= 5)
        ticks = site.shell(
            "from django_ox.models import OxScheduleTick as T\n"
            "print(T.objects.filter(schedule_name='often', task__isnull=False).count(),"
            " len(set(T.objects.filter(schedule_name='often', task__isnull=False)"
            ".values_list('scheduled_for', flat=True))))"
        )
        number, different = map(int, ticks.split())
        assert number == different
    finally:
        settings.write_text(before)
        work.write_text(original)
