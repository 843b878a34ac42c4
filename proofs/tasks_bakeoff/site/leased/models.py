"""Who runs a task, until when; and which ticks of the schedule have been enqueued."""

from django.db import models


class Lease(models.Model):
    """Of one running task: it ends unless its worker renews it."""

    result = models.OneToOneField(
        "django_tasks_database.DBTaskResult", on_delete=models.CASCADE, primary_key=True
    )
    until = models.DateTimeField()


class Tick(models.Model):
    """A time at which an entry of the schedule was enqueued, once for all workers."""

    entry = models.CharField(max_length=100)
    at = models.DateTimeField()

    class Meta:
        """One worker wins."""

        constraints = [models.UniqueConstraint(fields=["entry", "at"], name="one_tick")]
