"""The one task: it writes down when it began and when it ended, and for which time it runs."""

import time

from django.conf import settings
from django.db import connection


def run(number, seconds, attempt):
    """Work for so many seconds; `attempt` is what the queue says of it, from 1."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO run (number, attempt) VALUES (%s, %s) RETURNING id", [number, attempt]
        )
        (row,) = cursor.fetchone()
    time.sleep(seconds)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE run SET ended = clock_timestamp() WHERE id = %s", [row])


if settings.CANDIDATE == "celery":
    from proofs.tasks_bakeoff.site.celery import app

    @app.task(bind=True, ignore_result=True)
    def work(self, number, seconds):
        """Run as a task of Celery."""
        run(number, seconds, 2 if self.request.delivery_info.get("redelivered") else 1)

    enqueue = work.delay
else:
    from django.tasks import task

    @task(takes_context=True)
    def work(context, number, seconds):
        """Run as a task of Django."""
        run(number, seconds, context.attempt)

    enqueue = work.enqueue
