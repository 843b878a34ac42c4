"""The process that serves: it loads the project, or shows why it cannot."""

import asyncio
import importlib
import logging
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, override

import uvicorn
from django.core.exceptions import ImproperlyConfigured

from asgi_serving.development.failure_page import FailurePage
from asgi_serving.development.process import Order
from asgi_serving.types import Application

LARGE: Final = (
    "django.contrib.admin", "django.core.handlers.asgi", "django.core.management.commands",
    "django.db.backends.postgresql.base", "django.db.backends.sqlite3.base",
    "django.db.migrations.executor", "django.test", "environ", "packaging.requirements",
    "psycopg_pool", "servestatic.asgi", "uvicorn.lifespan.on", "uvicorn.loops.auto",
    "uvicorn.protocols.http.auto", "uvicorn.protocols.websockets.auto", "uvicorn_worker",
)  # fmt: skip
"""Modules that take long to import, and do it without settings."""

CHECK_AFTER: Final = 0.3
"""How long the project is loaded before it is checked, so that the first page is not held up."""


PATIENCE: Final = 1.0
"""How long a process that ends waits for pages that are being made, in seconds.

Another one serves meanwhile. It is less than `process.GRACE`, after which this one is ended.
"""

TICK: Final = 0.01
"""How often it looks whether they are, in seconds."""


class Server(uvicorn.Server):
    """Uvicorn that tells when it serves, and ends soon: no open event stream keeps it."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        """Call `started` on a thread as soon as requests are answered."""
        super().__init__(config)
        self.call_when_started = started

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and tell so."""
        self.loop = asyncio.get_running_loop()
        await super().startup(sockets)
        threading.Thread(target=self.call_when_started, daemon=True).start()

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End when what was asked is answered; that an event stream was open is no error here."""
        logging.getLogger("uvicorn.error").disabled = True
        for server in self.servers:
            server.close()  # what comes now is for the next process
        give_up = self.loop.time() + PATIENCE
        while (  # noqa: ASYNC110  # nothing tells when a connection owes no more
            self.loop.time() < give_up and any(map(_owes, self.server_state.connections))
        ):
            await asyncio.sleep(TICK)
        await super().shutdown(sockets)

    def stop(self) -> None:
        """Accept no more, and end; may be called on any thread."""
        self.should_exit = True
        if self.started:
            for server in self.servers:
                self.loop.call_soon_threadsafe(server.close)


def _owes(connection: Any) -> bool:
    """Whether a client has connected or asked, and nothing of an answer was sent yet."""
    if not hasattr(connection, "cycle"):
        return False  # a WebSocket
    return connection.cycle is None or not connection.cycle.response_started


def serve_supervised(listener: socket.socket, order: Order, check: Callable[[], None]) -> None:
    """Wait for the order, then serve until the watching process wants no more.

    check: looks for what is wrong in the loaded project, and writes it to the terminal.
    """
    _import_large_modules()
    failure = order.wait()
    began = time.perf_counter()
    if not failure:
        try:
            application = load()
        except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever the project may raise
            failure = "".join(traceback.format_exception(error))
            sys.stderr.write(failure)

    def started() -> None:
        order.ready()
        if not failure:
            sys.stdout.write(f"Loaded in {time.perf_counter() - began:.2f} seconds.\n")
            time.sleep(CHECK_AFTER)
            check()

    server = _server(FailurePage(failure) if failure else application, started, bool(failure))
    order.stop = server.stop
    server.run([listener])


def serve(listener: socket.socket, check: Callable[[], None]) -> None:
    """Load the project, and serve it until Ctrl+C."""
    with suppress(KeyboardInterrupt):
        _server(load(), check).run([listener])


def load() -> Application:
    """Return the project's ASGI application, with its URLs imported.

    Raises whatever is wrong there.
    """
    import django  # noqa: PLC0415  # as late as the rest, which needs it set up
    from django.conf import settings  # noqa: PLC0415
    from django.utils.module_loading import import_string  # noqa: PLC0415

    django.setup()
    from asgi_serving.application.gateway import Gateway  # noqa: PLC0415
    from asgi_serving.application.warming import warm_up  # noqa: PLC0415
    from asgi_serving.asgi import get_asgi_application  # noqa: PLC0415

    name = getattr(settings, "ASGI_APPLICATION", None)
    application: Application = import_string(name) if name else get_asgi_application()
    warm_up()
    if isinstance(application, Gateway):
        application.lifespan.require_database = False
    return application


def _server(application: Application, started: Callable[[], None], failed: bool = False) -> Server:
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    config = uvicorn.Config(
        application,
        access_log=False,
        lifespan="off" if failed else "on",
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=0,
    )
    return Server(config, started)


def _import_large_modules() -> None:
    for name in LARGE:
        # A database's module says in this way that its driver is missing.
        with suppress(ImportError, ImproperlyConfigured):
            importlib.import_module(name)
