"""Reads and checks the environment variables that `config.variables` lists."""

import importlib.util
import os
from collections.abc import Iterator
from typing import Any, Final

from django.core.exceptions import ImproperlyConfigured
from environ import Env
from environ.fileaware_mapping import FileAwareMapping

from config.variables import BASE_DIR, VARIABLES, Variable

LOCAL_SETTINGS: Final = frozenset({"config.settings.development", "config.settings.test"})
"""Settings that start with nothing configured; all others are held to production's rules."""

PLACEHOLDERS: Final = ("change-me", "insecure")
"""A value that begins so was copied from an example."""

BOOLEANS: Final = dict.fromkeys(("true", "yes", "on", "1"), True) | dict.fromkeys(
    ("false", "no", "off", "0"), False
)


class Environment:
    """The values of all listed variables: `env["WEB_CONCURRENCY"]` is an int."""

    def __init__(self) -> None:
        """Read every variable; what is wrong is kept in `problems`, one text for each."""
        self.problems: list[str] = []
        self._values: dict[str, Any] = {}
        source = FileAwareMapping()
        for variable in VARIABLES:
            try:
                text = source.get(variable.name, "").strip("\r\n")
                self._values[variable.name] = _cast(variable, text) if text else variable.default
            except OSError as error:
                self.problems.append(f"{variable.name}_FILE cannot be read ({error.strerror})")
            except ValueError as error:
                shown = "" if variable.secret else f", not {text!r}"
                self.problems.append(f"{variable.name} must be {error}{shown}")

    def __getitem__(self, name: str) -> Any:
        """Return a variable's value, of the type of its default."""
        return self._values[name]

    def missing(self) -> Iterator[str]:
        """Yield a text for each variable that keeps production from starting."""
        for variable in VARIABLES:
            value = self._values.get(variable.name)
            if variable.required and not (
                os.environ.get(variable.name) or os.environ.get(variable.name_file)
            ):
                yield f"{variable.name} is not set"
            elif str(value).startswith(PLACEHOLDERS):
                yield f"{variable.name} still has the placeholder of an example"


def load(settings_module: str) -> Environment:
    """Return the environment for the settings module of that dotted name.

    The development settings also see what `.env` sets and the environment does not.

    Raises ImproperlyConfigured: one line that names every variable that is missing, still a
    placeholder, or not of its type.
    """
    if not os.environ.get("WEB_CONCURRENCY", "unset"):
        del os.environ["WEB_CONCURRENCY"]  # Gunicorn reads it too, and takes "" for no number
    dotenv = BASE_DIR / ".env"
    if settings_module == "config.settings.development" and os.access(dotenv, os.R_OK):
        Env.read_env(dotenv)
    env = Environment()
    problems = env.problems
    if settings_module not in LOCAL_SETTINGS:
        problems = [*problems, *env.missing()]
    if not _exists(settings_module):
        problems = [f"DJANGO_SETTINGS_MODULE names no module: {settings_module}"]
    if problems:
        raise ImproperlyConfigured("; ".join(problems) + ". See docs/environment.md.")
    return env


def _exists(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # of a package above it
        return False


def _cast(variable: Variable, text: str) -> Any:
    """Return the text as the variable's type, or raise ValueError: what it should have been."""
    if variable.type is bool:
        if text.lower() not in BOOLEANS:
            raise ValueError("true or false")
        return BOOLEANS[text.lower()]
    if variable.type is int:
        if not text.isdecimal():
            raise ValueError("a whole number")
        return int(text)
    if variable.choices and not text.startswith(variable.choices):
        raise ValueError(" or ".join(variable.choices))
    return [item.strip() for item in text.split(",")] if variable.type is list else text
