"""The project's server settings, and hooks that tell that they ran."""

import atexit
import runpy
from typing import Any

globals().update(runpy.run_path("gunicorn.conf.py"))


def post_worker_init(worker: Any) -> None:
    atexit.register(worker.log.info, "The interpreter has ended")


def worker_exit(server: Any, worker: Any) -> None:
    worker.log.info("The worker has exited")
