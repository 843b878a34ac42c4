"""A reload with a configuration that cannot be used leaves the server as it was.

Gunicorn ends the master then, and with it the workers that serve.
"""

import logging
import os
from functools import partial
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.config import Config
from gunicorn.pidfile import Pidfile
from gunicorn.sock import close_sockets, create_sockets

logger = logging.getLogger("gunicorn.error")


def keep_configuration(app: BaseApplication) -> None:
    """Have the application of a master keep its settings when new ones cannot be read or used."""
    if not isinstance(app.reload, partial):
        app.reload = partial(_reload, app)


def _reload(app: BaseApplication) -> None:
    before = dict(vars(app))
    former = app.cfg
    try:
        type(app).reload(app)
        _ = app.cfg.worker_class  # it is imported here
        _try_addresses(former, app.cfg)
        _try_pid_file(former, app.cfg)
    except (Exception, SystemExit) as error:  # noqa: BLE001  # a configuration may raise anything
        vars(app).update(before)
        reason = error.code if isinstance(error, SystemExit) else error
        why = "the lines before say why" if isinstance(reason, int | None) else reason
        logger.error("Gunicorn keeps its settings, for the new ones cannot be used: %s", why)  # noqa: TRY400  # the reason says all


def _try_addresses(before: Config, after: Config) -> None:
    """Listen at new addresses for a moment. Raises SystemExit if the master could not either."""
    new = [address for address in after.address if address not in before.address]
    if new and not any(isinstance(address, int) for address in after.address):
        close_sockets(create_sockets(_WithAddresses(after, new), logger))


def _try_pid_file(before: Config, after: Config) -> None:
    """Make a new file for the process id, and remove it. Raises OSError and RuntimeError."""
    if after.pidfile and after.pidfile != before.pidfile:
        file = Pidfile(after.pidfile)
        file.create(os.getpid())
        file.unlink()


class _WithAddresses:
    """Gunicorn's settings, but for the addresses."""

    def __init__(self, cfg: Config, address: list[Any]) -> None:
        self.address = address
        self._cfg = cfg

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cfg, name)
