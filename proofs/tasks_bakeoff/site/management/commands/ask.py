"""Enqueue tasks, and write down which."""

from django.core.management.base import BaseCommand
from django.db import connection, transaction

from proofs.tasks_bakeoff.site.tasks import enqueue


class Command(BaseCommand):
    """`ask NUMBER SECONDS`."""

    def add_arguments(self, parser):
        """Take how many, and how long each takes."""
        parser.add_argument("number", type=int)
        parser.add_argument("seconds", type=float)

    def handle(self, number, seconds, **options):
        """Enqueue them."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("INSERT INTO asked SELECT generate_series(1, %s)", [number])
            for each in range(1, number + 1):
                enqueue(each, seconds)
