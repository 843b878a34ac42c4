"""A reload with a configuration that cannot be read leaves the server as it was.

Gunicorn ends the master then, and with it the workers that serve.
"""

import logging
from functools import partial

from gunicorn.app.base import BaseApplication

logger = logging.getLogger("gunicorn.error")


def keep_configuration(app: BaseApplication) -> None:
    """Have the application of a master keep its settings when they cannot be read again."""
    if not isinstance(app.reload, partial):
        app.reload = partial(_reload, app)


def _reload(app: BaseApplication) -> None:
    before = dict(vars(app))
    try:
        type(app).reload(app)
        _ = app.cfg.worker_class  # it is imported here
    except (Exception, SystemExit) as error:  # noqa: BLE001  # a configuration may raise anything
        vars(app).update(before)
        reason = error.code if isinstance(error, SystemExit) else error
        why = "the lines before say why" if isinstance(reason, int | None) else reason
        logger.error("Gunicorn keeps its settings, for they cannot be read again: %s", why)  # noqa: TRY400  # the reason says all
