"""Does the configured worker class load, and does it serve ASGI?"""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004  # Django's name for it
from gunicorn.util import load_class
from uvicorn_worker import UvicornWorker

from serving.gunicorn_config import GunicornConfigError, load_config

USE_OURS = 'Set worker_class = "serving.worker.Worker" in gunicorn.conf.py.'


def check_worker_class(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Load the worker class that Gunicorn would load here, and look at what it is."""
    try:
        configured = load_config().settings["worker_class"].get()
    except GunicornConfigError as error:
        return [
            Error(
                f"Gunicorn will not start: {error}",
                hint="Mend gunicorn.conf.py, or the variable that it names.",
                id="serving.E003",
            )
        ]
    try:
        worker = load_class(configured)
    except Exception as error:  # noqa: BLE001  # whatever the import of a class may raise
        return [
            Error(
                f"Gunicorn cannot load the worker class {configured!r}, so it will not start: "
                f"{' '.join(str(error).split())}",
                hint=USE_OURS,
                id="serving.E004",
            )
        ]
    ancestors = {f"{base.__module__}.{base.__qualname__}" for base in worker.__mro__}
    if "uvicorn.workers.UvicornWorker" in ancestors:
        return [
            Warning(
                f"The worker class {configured!r} comes from uvicorn.workers, which is "
                "deprecated since Uvicorn 0.30 and gets no more fixes.",
                hint="Take the class from uvicorn_worker: pip install uvicorn-worker.",
                id="serving.W001",
            )
        ]
    if not issubclass(worker, UvicornWorker):
        return [
            Error(
                f"The worker class {configured!r} is no uvicorn_worker.UvicornWorker: requests "
                "will fail, or be served without this project's time limits.",
                hint=USE_OURS,
                id="serving.E005",
            )
        ]
    return []
