"""TOML files; one that is a template is read as plain text."""

from __future__ import annotations

from pathlib import PurePosixPath

import tomlkit
from tomlkit.exceptions import TOMLKitError

from asgi_upgrade.rewriters.plain_text import PlainText
from asgi_upgrade.rewriters.values import renamed_values


class Toml(PlainText):
    """Edits exact names, and reads the file again."""

    def handles(self, path: PurePosixPath, text: str) -> bool:
        """Take `.toml`, `Pipfile` and others of this syntax."""
        return path.suffix == ".toml" or path.name == "Pipfile"

    def meaning(self, text: str) -> object:
        """Return the values. Raises ValueError."""
        try:
            return renamed_values(tomlkit.parse(text).unwrap())
        except TOMLKitError as error:
            raise ValueError(str(error)) from error
