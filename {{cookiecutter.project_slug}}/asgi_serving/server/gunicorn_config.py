"""Gunicorn's settings, as Gunicorn itself would read them here."""

import ast
import contextlib
import io
import os
import sys
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple, override

from django.conf import settings
from gunicorn.app.base import Application
from gunicorn.config import Config
from gunicorn.errors import ConfigError

OF_THE_MACHINE: Final = (OSError, KeyError)
"""What a file raises that lacks a path, an address or a variable: another machine may have it."""


class GunicornConfigError(Exception):
    """Gunicorn would not start with this configuration; the text says why, in one line."""

    def __init__(self, reason: str, *, of_the_machine: bool = False) -> None:
        """Tell the reason, and whether it may be another one on another machine."""
        super().__init__(reason)
        self.of_the_machine = of_the_machine


class Configuration(NamedTuple):
    """Gunicorn's settings, and the file that they were read from.

    names: all names of the file with their values.
    unread: those that the file sets, and does not use itself.
    missing: for each setting that names what this machine has not, why Gunicorn would not start.
    chosen: the settings that somebody chose, in the file or in `GUNICORN_CMD_ARGS`; None where all
    are known, in a worker.
    """

    cfg: Config
    names: Mapping[str, Any] = {}
    unread: frozenset[str] = frozenset()
    missing: tuple[str, ...] = ()
    chosen: frozenset[str] | None = None


served_by: ContextVar[Config | None] = ContextVar("served_by", default=None)
"""The settings of the Gunicorn that this process is a worker of, with its command line."""

served_application: ContextVar[Any] = ContextVar("served_application", default=None)
"""What that worker has loaded and serves."""


def project_folder() -> Path:
    """Return where Gunicorn would be started: `BASE_DIR` of the settings, or this folder."""
    return Path(getattr(settings, "BASE_DIR", None) or Path.cwd())


class _Settings(Config):
    """Gunicorn's, where a user, a group or a folder that this machine has not is no obstacle."""

    missing: tuple[str, ...] = ()

    @override
    def set(self, name: str, value: Any) -> None:
        try:
            super().set(name, value)
        except ConfigError as error:
            if name not in {"chdir", "group", "user"}:
                raise
            self.missing += (f"{name}: {error}",)


class _ConfigFile(Application):
    """Gunicorn's loader without its command line, which would be the management command's."""

    names: Mapping[str, Any] = {}
    chosen: frozenset[str] = frozenset()

    @override
    def do_load_config(self) -> None:
        self.cfg = _Settings(self.usage, prog=self.prog)
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

    The file may do anything while it is read, so it is read once for the same environment. Flags
    of a command line are known to the workers of that command only, who have its settings.

    Raises GunicornConfigError: the file or the variable is wrong.
    """
    if (cfg := served_by.get()) is not None:
        return Configuration(cfg)
    found = _read(project_folder(), frozenset(os.environ.items()))
    if isinstance(found, GunicornConfigError):
        raise found.with_traceback(None)
    return found


@lru_cache(maxsize=1)
def _read(
    folder: Path, environment: frozenset[tuple[str, str]]
) -> Configuration | GunicornConfigError:
    output = io.StringIO()
    cause: BaseException | None
    try:
        with (
            _restored(),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(output),
        ):
            loaded = _ConfigFile()
            unread = _unread_names(loaded.names.get("__file__"))
            return Configuration(
                loaded.cfg, loaded.names, unread, loaded.cfg.missing, loaded.chosen
            )
    except SystemExit as exit_:
        if isinstance(exit_.code, str):
            reason, cause = exit_.code, None
        else:  # Gunicorn has printed what the file raised, and ends
            reason, cause = output.getvalue(), exit_.__context__
    except Exception as error:  # noqa: BLE001  # the file may raise anything
        reason, cause = str(error), error
    return GunicornConfigError(
        (reason.strip().splitlines() or ["it ends the process"])[-1],
        of_the_machine=isinstance(cause, OF_THE_MACHINE),
    )


def _unread_names(file: str | None) -> frozenset[str]:
    """Return the names that a file of Python gives a value, and uses nowhere."""
    try:
        tree = ast.parse(Path(file or "").read_bytes())
    except (OSError, SyntaxError, ValueError):  # there may be no source
        return frozenset()
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    given = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    return frozenset(given - {node.id for node in names if isinstance(node.ctx, ast.Load)})


def load_config() -> Config:
    """Return Gunicorn's settings alone. Raises GunicornConfigError."""
    return read_configuration().cfg


def config_if_valid() -> Config | None:
    """Return Gunicorn's settings, or None where they cannot be known.

    Another check says what is wrong with them; or there is neither a file nor `GUNICORN_CMD_ARGS`,
    and a command line that nobody has typed yet says all.
    """
    try:
        found = read_configuration()
    except GunicornConfigError:
        return None
    return None if found.chosen is not None and not found.chosen else found.cfg


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
