"""A worker with threads: it leases tasks, renews the leases, and takes over what has expired."""

import logging
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, OperationalError, close_old_connections, transaction
from django.db.models.functions import Now
from django.tasks import TaskContext, TaskResultStatus
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.module_loading import import_string
from django_tasks_db.models import DBTaskResult

from proofs.tasks_bakeoff.site.leased.models import Lease, Tick

logger = logging.getLogger(__name__)

ATTEMPTS = 5
LONGEST_PAUSE = 600
"""Between two attempts, in seconds."""


class Worker:
    """Runs a few tasks at a time, in threads."""

    def __init__(self, threads, schedule):
        """Take how many threads, and {name: (task path, seconds between two ticks)}."""
        self.threads, self.schedule = threads, schedule
        self.lease = timedelta(seconds=settings.LEASE)
        self.name = get_random_string(32)
        self.stopping = threading.Event()
        self.running = set()
        self.free = threading.Semaphore(threads)

    def run(self):
        """Work until told to stop, and then until what runs has ended."""
        renewer = threading.Thread(target=self.renew, daemon=True)
        renewer.start()
        with ThreadPoolExecutor(self.threads) as pool:
            while not self.stopping.is_set():
                try:
                    close_old_connections()
                    self.take_over()
                    self.tick()
                    while self.free.acquire(timeout=0.2):
                        result = None if self.stopping.is_set() else self.claim()
                        if result is None:
                            self.free.release()
                            break
                        pool.submit(self.attempt, result)
                    self.stopping.wait(0.2)
                except OperationalError as error:
                    logger.warning("The database cannot be used, trying again: %s", error)
                    self.stopping.wait(1)

    def claim(self):
        """Take the next task, and a lease of it, in one transaction."""
        with transaction.atomic():
            result = DBTaskResult.objects.ready().get_locked()
            if result is not None:
                result.claim(self.name)
                Lease.objects.create(result=result, until=Now() + self.lease)
                self.running.add(result.pk)
        return result

    def renew(self):
        """Say every third of a lease that the running tasks are alive."""
        while True:
            time.sleep(self.lease.total_seconds() / 3)
            try:
                close_old_connections()
                mine = Lease.objects.filter(pk__in=list(self.running))
                mine.update(until=Now() + self.lease)
            except OperationalError as error:
                logger.warning("Leases could not be renewed: %s", error)

    def take_over(self):
        """Give back what nobody renews, and fail what has had its attempts."""
        with transaction.atomic():
            expired = Lease.objects.select_for_update(skip_locked=True).filter(until__lt=Now())
            for lease in expired.select_related("result"):
                logger.warning("Worker of task %s is gone", lease.result.pk)
                self.again(lease.result, RuntimeError("the worker was killed"), pause=0)
                lease.delete()

    def again(self, result, error, pause):
        """Put a task back for another attempt, or let it fail."""
        if len(result.worker_ids) >= ATTEMPTS:
            result.set_failed(error)
            return
        result.status = TaskResultStatus.READY
        result.run_after = timezone.now() + timedelta(seconds=pause)
        result.save(update_fields=["status", "run_after"])

    def attempt(self, result):
        """Run a task once, and write down what came of it, if the lease is still ours."""
        error = value = None
        try:
            task = result.task
            context = [TaskContext(task_result=result.task_result)] if task.takes_context else []
            arguments = result.args_kwargs
            value = task.call(*context, *arguments["args"], **arguments["kwargs"])
        except Exception as raised:
            error = raised
        try:
            self.settle(result, error, value)
        finally:
            self.running.discard(result.pk)
            self.free.release()
            close_old_connections()

    def settle(self, result, error, value):
        """Write the outcome; a database that is away leaves it to whoever takes over."""
        for _ in range(3):
            try:
                with transaction.atomic():
                    held = Lease.objects.select_for_update().filter(pk=result.pk)
                    if not held.exists() or self.taken(result):
                        logger.warning("Task %s was taken over meanwhile", result.pk)
                        return
                    held.delete()
                    if error is None:
                        result.set_successful(value)
                    else:
                        logger.warning("Task %s failed", result.pk, exc_info=error)
                        pause = min(2 ** len(result.worker_ids), LONGEST_PAUSE)
                        self.again(result, error, pause * random.uniform(0.5, 1))
            except OperationalError:
                close_old_connections()
                time.sleep(1)
            else:
                return

    def taken(self, result):
        """Whether somebody else has claimed it since."""
        now = DBTaskResult.objects.values_list("worker_ids", flat=True).get(pk=result.pk)
        return now != result.worker_ids

    def tick(self):
        """Enqueue what is due; the unique row lets one worker win."""
        for name, (path, seconds) in self.schedule.items():
            due = time.time() // seconds * seconds
            at = timezone.datetime.fromtimestamp(due, tz=timezone.get_current_timezone())
            try:
                with transaction.atomic():
                    _, made = Tick.objects.get_or_create(entry=name, at=at)
                    if made:
                        import_string(path).enqueue()
            except IntegrityError:
                continue
