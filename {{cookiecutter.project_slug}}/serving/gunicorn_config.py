"""Gunicorn's settings, as Gunicorn itself would read them here."""

import contextlib
import io
from pathlib import Path
from typing import override

from gunicorn.app.base import Application
from gunicorn.config import Config

from config.variables import BASE_DIR


class GunicornConfigError(Exception):
    """Gunicorn would not start with this configuration; the text says why, in one line."""


class _ConfigFile(Application):
    """Gunicorn's loader without its command line, which would be the management command's."""

    @override
    def do_load_config(self) -> None:
        self.load_default_config()
        arguments = self.cfg.parser().parse_args(self.cfg.get_cmd_args_from_env())
        path = Path(BASE_DIR, arguments.config or "gunicorn.conf.py")
        if arguments.config or path.exists():
            self.load_config_from_file(str(path))
        for name, value in vars(arguments).items():
            if value is not None and name in self.cfg.settings:
                self.cfg.set(name, value)


def load_config() -> Config:
    """Return what `gunicorn.conf.py` and `GUNICORN_CMD_ARGS` make of Gunicorn's settings.

    Raises GunicornConfigError: the file or the variable is wrong.
    """
    output = io.StringIO()
    try:
        with contextlib.redirect_stderr(output):
            return _ConfigFile().cfg
    except SystemExit as exit_:
        reason = exit_.code if isinstance(exit_.code, str) else output.getvalue()
    except Exception as error:  # noqa: BLE001  # the file may raise anything
        reason = str(error)
    raise GunicornConfigError(reason.strip().splitlines()[-1])
