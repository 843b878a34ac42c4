"""The Gunicorn worker: Uvicorn, set up by what `gunicorn.conf.py` says."""

import sys
from typing import Any, override

from django.core.exceptions import ImproperlyConfigured
from gunicorn.arbiter import Arbiter
from uvicorn_worker import UvicornWorker


class Worker(UvicornWorker):
    """`uvicorn_worker.UvicornWorker` with the time limits and the logs of this project."""

    sockets: list[Any]
    CONFIG_KWARGS = {
        **UvicornWorker.CONFIG_KWARGS,
        "lifespan": "on",
        # serving.access_log writes what Uvicorn's has not: bytes, time and the request's id.
        "access_log": False,
        "server_header": False,
    }

    @override
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Give a stopping worker time to cancel what is left before Gunicorn kills it."""
        super().__init__(*args, **kwargs)
        self.config.timeout_graceful_shutdown = max(self.cfg.graceful_timeout - 2, 1)

    @override
    async def _serve(self) -> None:
        """Serve on plain sockets: Gunicorn's own log an error when Uvicorn closes them twice."""
        self.sockets = [listener.sock for listener in self.sockets]
        await super()._serve()

    @override
    def load_wsgi(self) -> None:
        """Load the application; what is wrong with the project's settings is one line."""
        try:
            super().load_wsgi()
        except ImproperlyConfigured as error:
            self.log.error("%s", error)  # noqa: TRY400  # the reason says all
            sys.exit(Arbiter.APP_LOAD_ERROR)
        from serving.gateway import Gateway  # noqa: PLC0415  # the master must not load Django

        if isinstance(self.wsgi, Gateway):
            # One that came after the first ones replaces another, in a server that was well.
            self.wsgi.lifespan.require_database = self.age <= self.cfg.workers
