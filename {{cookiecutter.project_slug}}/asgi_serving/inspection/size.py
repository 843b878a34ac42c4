"""How much serves a site: what `manage.py serving --plan` is asked about."""

from dataclasses import dataclass

from asgi_serving.checks.project_settings import entries
from asgi_serving.server.cpus import usable_cpus
from asgi_serving.server.gunicorn_config import load_config
from asgi_serving.settings import serving_settings


@dataclass(frozen=True)
class Size:
    """A number of each.

    replicas: containers or machines, each with a Gunicorn of its own.
    cpus, workers: of each replica.
    lanes: of each worker; 0 for Django's own handler.
    pool: connections of each worker to a database; 0 for what `DATABASES` says.
    task_workers: processes that run tasks instead of serving.
    """

    replicas: int
    cpus: int
    workers: int
    lanes: int
    pool: int
    task_workers: int


def configured() -> Size:
    """Return one replica, as it would run here. Raises GunicornConfigError."""
    return Size(
        replicas=1,
        cpus=usable_cpus(),
        workers=load_config().workers,
        lanes=serving_settings().lanes,
        pool=0,
        task_workers=int(_has_queue()),
    )


def _has_queue() -> bool:
    """Whether tasks wait in a queue of `django.tasks`, for something that runs them."""
    backends = [str(each.get("BACKEND")) for each in entries("TASKS").values()]
    return any(not each.startswith("django.tasks.") for each in backends)
