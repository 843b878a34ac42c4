"""Reads and checks the environment variables that a project lists."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from django.core.exceptions import ImproperlyConfigured
from environ import Env
from environ.fileaware_mapping import FileAwareMapping

from asgi_serving.environment.extras import what_to_install
from asgi_serving.environment.variable import Groups, Variable

PLACEHOLDERS: Final = ("change-me", "insecure")
"""A value that begins so was copied from an example."""

BOOLEANS: Final = dict.fromkeys(("true", "yes", "on", "1"), True) | dict.fromkeys(
    ("false", "no", "off", "0"), False
)
SEE: Final = ". See docs/environment.md."


class Environment:
    """The values of all listed variables: `env["WEB_CONCURRENCY"]` is an int.

    A settings module that nothing may be missing for says so by `require`.
    """

    def __init__(self, groups: Groups) -> None:
        """Read every variable.

        Raises ImproperlyConfigured: one line that names every variable that is not of its type, or
        that needs a package which is not installed.
        """
        self.variables = [variable for group in groups.values() for variable in group]
        self._values: dict[str, Any] = {}
        problems = []
        source = FileAwareMapping()
        for variable in self.variables:
            try:
                text = source.get(variable.name, "").strip("\r\n")
                self._values[variable.name] = _cast(variable, text) if text else variable.default
            except OSError as error:
                problems.append(f"{variable.name}_FILE cannot be read ({error.strerror})")
            except ValueError as error:
                shown = "" if variable.secret else f", not {text!r}"
                problems.append(f"{variable.name} must be {error}{shown}")
        if problems:
            raise ImproperlyConfigured("; ".join(problems) + SEE)
        if missing := what_to_install(self.variables, self._values):
            raise ImproperlyConfigured(missing)

    def __getitem__(self, name: str) -> Any:
        """Return a variable's value, of the type of its default."""
        return self._values[name]

    def require(self) -> None:
        """Raise ImproperlyConfigured when a required variable is not set, or is a placeholder.

        The text is one line that names all of them.
        """
        if missing := list(self._missing()):
            raise ImproperlyConfigured("; ".join(missing) + SEE)

    def _missing(self) -> Iterator[str]:
        for variable in self.variables:
            if variable.required and not (
                os.environ.get(variable.name) or os.environ.get(variable.name_file)
            ):
                yield f"{variable.name} is not set"
            elif str(self._values[variable.name]).startswith(PLACEHOLDERS):
                yield f"{variable.name} still has the placeholder of an example"


def read_dotenv(path: Path) -> None:
    """Set what a `.env` file sets and the environment does not; the file need not be there."""
    if os.access(path, os.R_OK):
        Env.read_env(path)


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
    if variable.type is float:
        if not text.replace(".", "", 1).isdecimal():
            raise ValueError("a number")
        return float(text)
    if variable.choices and not text.startswith(variable.choices):
        raise ValueError(" or ".join(variable.choices))
    return [item.strip() for item in text.split(",")] if variable.type is list else text
