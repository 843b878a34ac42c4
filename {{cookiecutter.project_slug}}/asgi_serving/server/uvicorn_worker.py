"""`UvicornWorker`: that of the package uvicorn-worker, or the same where it is not installed.

The package is a class of 70 lines that everyone knows by its name, without a change since September
2025. What is served must not depend on its future.
"""

import asyncio
import logging
import signal
import sys
from typing import Any, override

from gunicorn.workers.base import Worker
from uvicorn import Config

try:
    from uvicorn_worker import UvicornWorker
except ModuleNotFoundError as error:
    if error.name != "uvicorn_worker":
        raise

    class UvicornWorker(Worker):  # type: ignore[no-redef]  # one of the two
        """A worker of Gunicorn that has a configuration of Uvicorn, and an event loop."""

        CONFIG_KWARGS: dict[str, Any] = {"loop": "auto", "http": "auto"}

        @override
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            """Hand Gunicorn's settings and loggers on to Uvicorn."""
            super().__init__(*args, **kwargs)
            for name, source in (("error", self.log.error_log), ("access", self.log.access_log)):
                logger = logging.getLogger(f"uvicorn.{name}")
                logger.handlers, logger.propagate = source.handlers, False
                logger.setLevel(source.level)
            options = {
                "app": None,
                "log_config": None,
                "backlog": self.cfg.backlog or 2048,
                "timeout_keep_alive": self.cfg.keepalive,
                "timeout_notify": self.timeout,
                "callback_notify": self._notify,
                "limit_max_requests": self.max_requests,
                "forwarded_allow_ips": self.cfg.forwarded_allow_ips,
                **(_certificates(self.cfg.ssl_options) if self.cfg.is_ssl else {}),
                **self.CONFIG_KWARGS,
            }
            self.config = Config(**options)

        @override
        def init_signals(self) -> None:
            """Leave the signals to the server, but for the one that reopens the logs."""
            for number in self.SIGNALS:
                signal.signal(number, signal.SIG_DFL)
            signal.signal(signal.SIGUSR1, self.handle_usr1)
            signal.siginterrupt(signal.SIGUSR1, False)

        @override
        def run(self) -> None:
            """Serve on an event loop until told to stop."""
            with asyncio.Runner(loop_factory=self.config.get_loop_factory()) as runner:
                runner.run(self._serve())

        async def _serve(self) -> None:
            sys.exit(f"{type(self).__name__} does not say how it serves")

        async def _notify(self) -> None:
            self.notify()


__all__ = ["UvicornWorker"]


def _certificates(options: dict[str, Any]) -> dict[str, Any]:
    """Return Gunicorn's settings for TLS by Uvicorn's names."""
    names = {
        "keyfile": "ssl_keyfile",
        "certfile": "ssl_certfile",
        "password": "ssl_keyfile_password",
        "ssl_version": "ssl_version",
        "cert_reqs": "ssl_cert_reqs",
        "ca_certs": "ssl_ca_certs",
        "ciphers": "ssl_ciphers",
    }
    return {uvicorns: options.get(gunicorns) for gunicorns, uvicorns in names.items()}
