"""Celery as a project sets it up: late acknowledgement, one task at a time, nothing thrown away."""

import os

from celery import Celery

app = Celery("bakeoff", broker=os.environ["BROKER_URL"])
app.conf.update(
    imports=["proofs.tasks_bakeoff.site.tasks"],
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "visibility_timeout": int(os.environ["LEASE"]),
        "unacked_restore_throttle": 1,
    },
    worker_cancel_long_running_tasks_on_connection_loss=True,
)
