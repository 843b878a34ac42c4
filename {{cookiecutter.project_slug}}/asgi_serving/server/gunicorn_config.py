"""Gunicorn's settings, as Gunicorn itself would read them here."""

import contextlib
import io
import os
import sys
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any, NamedTuple, override

from django.conf import settings
from gunicorn.app.base import Application
from gunicorn.config import Config


class GunicornConfigError(Exception):
    """Gunicorn would not start with this configuration; the text says why, in one line."""


class Configuration(NamedTuple):
    """Gunicorn's settings, all names of the file that they were read from, and what is set there.

    chosen: the settings that somebody chose, in the file or in `GUNICORN_CMD_ARGS`; None where all
    are known, in a worker.
    """

    cfg: Config
    names: Mapping[str, Any]
    chosen: frozenset[str] | None


served_by: ContextVar[Config | None] = ContextVar("served_by", default=None)
"""The settings of the Gunicorn that this process is a worker of, with its command line."""


def project_folder() -> Path:
    """Return where Gunicorn would be started: `BASE_DIR` of the settings, or this folder."""
    return Path(getattr(settings, "BASE_DIR", None) or Path.cwd())


class _ConfigFile(Application):
    """Gunicorn's loader without its command line, which would be the management command's."""

    names: Mapping[str, Any] = {}
    chosen: frozenset[str] = frozenset()

    @override
    def do_load_config(self) -> None:
        self.load_default_config()
        arguments = self.cfg.parser().parse_args(self.cfg.get_cmd_args_from_env())
        location = arguments.config or "gunicorn.conf.py"
        if not location.startswith(("file:", "python:")):
            location = str(project_folder() / location)
        if arguments.config or Path(location).exists():
            self.names = self.load_config_from_file(location)
        given = {name: value for name, value in vars(arguments).items() if value is not None}
        for name in given.keys() & self.cfg.settings.keys():
            self.cfg.set(name, given[name])
        self.chosen = frozenset(self.cfg.settings) & (given.keys() | self.names.keys())


def read_configuration() -> Configuration:
    """Return what `gunicorn.conf.py` and `GUNICORN_CMD_ARGS` make of Gunicorn's settings.

    Flags of a command line are known to the workers of that command only, who have its settings.

    Raises GunicornConfigError: the file or the variable is wrong.
    """
    if (cfg := served_by.get()) is not None:
        return Configuration(cfg, {}, None)
    output = io.StringIO()
    try:
        with (
            _restored(),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(output),
        ):
            loaded = _ConfigFile()
            return Configuration(loaded.cfg, loaded.names, loaded.chosen)
    except SystemExit as exit_:
        reason = exit_.code if isinstance(exit_.code, str) else output.getvalue()
    except Exception as error:  # noqa: BLE001  # the file may raise anything
        reason = str(error)
    raise GunicornConfigError((reason.strip().splitlines() or ["it ends the process"])[-1])


def load_config() -> Config:
    """Return Gunicorn's settings alone. Raises GunicornConfigError."""
    return read_configuration().cfg


def config_if_valid() -> Config | None:
    """Return Gunicorn's settings, or None where they cannot be known.

    Another check says what is wrong with them; or there is neither a file nor `GUNICORN_CMD_ARGS`,
    and a command line that nobody has typed yet says all.
    """
    try:
        cfg, _, chosen = read_configuration()
    except GunicornConfigError:
        return None
    return None if chosen is not None and not chosen else cfg


@contextlib.contextmanager
def _restored() -> Iterator[None]:
    """Take back what a configuration file may do to the process that reads it."""
    environment, path, folder = dict(os.environ), list(sys.path), Path.cwd()
    try:
        yield
    finally:
        for name in os.environ.keys() - environment.keys():
            del os.environ[name]
        os.environ.update(environment)
        sys.path[:] = path
        os.chdir(folder)
