"""The Gunicorn worker: Uvicorn, set up by what `gunicorn.conf.py` says."""

import asyncio
import os
import signal
import sys
import time
import traceback
from inspect import signature
from types import FrameType
from typing import Any, NoReturn, override

from django.core.exceptions import ImproperlyConfigured
from gunicorn.arbiter import Arbiter
from uvicorn import Config

from asgi_serving.server.access_log import write_requests_to
from asgi_serving.server.balance import Balance
from asgi_serving.server.gunicorn_config import served_application, served_by
from asgi_serving.server.hand_over import Decision, decide, first_starting
from asgi_serving.server.http_protocol import HTTP_PROTOCOL
from asgi_serving.server.recycling import ask_for_replacement, give_up_turn, settle
from asgi_serving.server.reloading import keep_configuration
from asgi_serving.server.server import Server
from asgi_serving.server.siblings import Siblings, State
from asgi_serving.server.slow_readers import SlowReaders
from asgi_serving.server.unix_peers import trust_unix_peers
from asgi_serving.server.uvicorn_worker import UvicornWorker
from asgi_serving.settings import serving_settings

siblings = Siblings()
"""Those of the master that imports this module."""

# The event loop may hand the context of one request to the next of the same connection, see
# https://github.com/python/cpython/issues/140947. A check tells of a Uvicorn that is too old.
CONTEXT_OF_ITS_OWN = (
    {"reset_contextvars": True} if "reset_contextvars" in signature(Config).parameters else {}
)


class Worker(UvicornWorker):
    """`uvicorn_worker.UvicornWorker` with time limits and logs of its own.

    It drains before it stops (`asgi_serving.server.server`), and is replaced by one that serves already
    (`asgi_serving.server.recycling`).
    """

    CONFIG_KWARGS = {
        **UvicornWorker.CONFIG_KWARGS,
        "lifespan": "on",
        # asgi_serving.application.access_log writes what Uvicorn's has not: bytes, time and the request's id.
        "access_log": False,
        "http": HTTP_PROTOCOL,
        # A few bytes may be many megabytes inside.
        "ws_per_message_deflate": False,
        **CONTEXT_OF_ITS_OWN,
        "server_header": False,
    }

    @override
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Give a stopping worker time to cancel what is left before Gunicorn kills it."""
        super().__init__(*args, **kwargs)
        self.config.timeout_graceful_shutdown = max(self.cfg.graceful_timeout - 2, 1)
        self.config.limit_max_requests = None  # the server would stop without a replacement
        write_requests_to(self.log)
        self._first_awaited = 0
        self._serves = False
        keep_configuration(self.app)
        if siblings.configuration is not self.cfg:  # a reload, at which the master counts anew
            siblings.configuration, siblings.owed = self.cfg, 0
        siblings.note(self.age, 0, State.STARTING)

    @property
    def is_later_of_the_first(self) -> bool:
        """Whether the server is just starting, and another worker of it was the first."""
        return not self.is_replacement and 1 < self.age <= self.cfg.workers

    @property
    def is_replacement(self) -> bool:
        """Whether a worker of this server has served already."""
        return siblings.newest > 0

    @override
    def init_process(self) -> None:
        """Start, and serve until told to stop.

        Two of Gunicorn's exit codes halt the master, and with it the workers that serve. Only a
        server that has never served ends by them, and by that of its first worker: what keeps one
        from starting keeps all of them, and the master would end with a traceback if it met another
        such code meanwhile.
        """
        siblings.note(self.age, os.getpid(), State.STARTING)
        try:
            super().init_process()
        except SystemExit as exit_:
            if exit_.code and self.is_replacement:
                self._leave_others_alone()
            if exit_.code and self.is_later_of_the_first:
                time.sleep(1)
                sys.exit()
            raise
        except Exception as error:
            if not self.is_replacement:
                raise
            self.log.error("%s", _in_one_line(error))  # noqa: TRY400  # one line says what and where
            self._leave_others_alone()

    def _leave_others_alone(self) -> NoReturn:
        """End in a way that leaves the master and its other workers as they are."""
        if not self.booted:
            self.log.error(
                "This worker cannot start; those that serve go on, and the next reload tries again"
            )
        time.sleep(1)  # the master may start another one at once
        sys.exit(1)

    @override
    def init_signals(self) -> None:
        """End by an exception at a signal, so that `worker_exit` and `atexit` still run."""
        super().init_signals()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
            signal.signal(number, self._leave)

    def _leave(self, number: int, frame: FrameType | None) -> NoReturn:
        self.told_to_stop()
        sys.exit(0)

    @override
    def load_wsgi(self) -> None:
        """Load the application; what is wrong with the project's settings is one line."""
        try:
            super().load_wsgi()
        except ImproperlyConfigured as error:
            self._refuse(error)
        except ModuleNotFoundError as error:
            settings_module = os.environ.get("DJANGO_SETTINGS_MODULE", "")
            if not f"{settings_module}.".startswith(f"{error.name}."):
                raise
            self._refuse(f"DJANGO_SETTINGS_MODULE names no module: {settings_module}")
        self._refuse_errors()
        from asgi_serving.application.gateway import Gateway  # noqa: PLC0415  # the master must not load Django

        if isinstance(self.wsgi, Gateway):
            self.wsgi.lifespan.require_database = not self.is_replacement

    def _refuse(self, reason: object) -> NoReturn:
        if not self.is_later_of_the_first:
            self.log.error("%s", reason)
        sys.exit(Arbiter.APP_LOAD_ERROR)

    def _refuse_errors(self) -> None:
        """End the server when a system check finds what would fail at every request."""
        from django.apps import apps  # noqa: PLC0415  # the master must not load Django
        from django.core import checks  # noqa: PLC0415

        served_by.set(self.cfg)
        served_application.set(self.wsgi)
        if self.is_later_of_the_first or not apps.ready or not serving_settings().check_at_start:
            return
        errors = [
            message
            for message in checks.run_checks(tags=["asgi_serving"])
            if message.is_serious() and not message.is_silenced()
        ]
        for message in errors:
            self.log.error("%s", message)
        if errors:
            sys.exit(Arbiter.APP_LOAD_ERROR)

    @override
    async def _serve(self) -> None:
        """Serve on plain sockets: Gunicorn's own log an error when Uvicorn closes them twice."""
        self.config.app = self.wsgi
        chosen = serving_settings()
        self.config.ws_max_size = chosen.websocket_max_size
        sockets = [listener.sock for listener in self.sockets]
        trust_unix_peers(self.config, sockets)
        slow_readers = SlowReaders(chosen.send_timeout, chosen.unread_memory)
        server = Server(self.config, self, slow_readers, Balance(siblings, self.age))
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGQUIT, server.handle_exit, signal.SIGQUIT, None)
        try:
            await server.serve(sockets=sockets)
        finally:
            give_up_turn(siblings)
        if not server.started:
            sys.exit(Arbiter.WORKER_BOOT_ERROR)

    def started(self) -> None:
        """Tell the other workers that this one accepts connections."""
        self._serves = True
        siblings.note(self.age, os.getpid(), State.SERVING)

    def told_to_stop(self) -> None:
        """Remember who is starting at this moment: what was made to take this one's place.

        The master says it each second while there are too many workers, and once more when some
        of the new ones have failed: who waits already goes on waiting for the same ones.
        """
        self._first_awaited = self._first_awaited or first_starting(siblings, self.age)
        if not self._serves:
            siblings.note(self.age, os.getpid(), State.TOLD_TO_STOP)

    def decide_to_stop(self) -> Decision:
        """Return whether to stop, wait for those that are starting, or go on without them."""
        decision = decide(siblings, self._first_awaited)
        if decision is Decision.GO_ON:
            self._first_awaited = 0
        return decision

    def served(self, requests: int) -> None:
        """See to a replacement once `max_requests` are answered."""
        if self.cfg.max_requests <= 0:
            return
        if requests >= self.max_requests:
            ask_for_replacement(siblings, self.ppid)
        settle(siblings, self.ppid, self.age)


def _in_one_line(error: BaseException) -> str:
    """Return what failed, and where."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    reason = " ".join(f"{type(error).__name__}: {error}".split())
    return f"{reason} ({where.filename}, line {where.lineno})"
