"""Run the worker."""

import signal

from django.core.management.base import BaseCommand

from proofs.tasks_bakeoff.site.leased.worker import Worker


class Command(BaseCommand):
    """`leased_worker`."""

    def handle(self, **options):
        """Work until SIGTERM or SIGINT."""
        worker = Worker(threads=2, schedule={})
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stopping.set())
        worker.run()
