"""The project's server settings, and a hook that tells that it ran."""

import runpy
from typing import Any

globals().update(runpy.run_path("gunicorn.conf.py"))


def worker_exit(server: Any, worker: Any) -> None:
    worker.log.info("The worker has exited")
