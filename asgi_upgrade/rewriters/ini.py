"""INI files: supervisor, systemd units, tox.ini, setup.cfg."""

from __future__ import annotations

import configparser
from pathlib import PurePosixPath

from asgi_upgrade.model import renamed
from asgi_upgrade.rewriters.plain_text import PlainText

SUFFIXES = {".ini", ".cfg", ".conf", ".service", ".socket", ".timer", ".properties"}


class Ini(PlainText):
    """Edits exact names, and reads the file again."""

    def handles(self, path: PurePosixPath, text: str) -> bool:
        """Take the usual suffixes."""
        return path.suffix in SUFFIXES

    def meaning(self, text: str) -> object:
        """Return sections, names and values. Raises ValueError: nginx's .conf is no INI file."""
        parser = configparser.RawConfigParser(strict=False, allow_no_value=True, delimiters=("=",))
        parser.optionxform = str  # type: ignore[assignment,method-assign]  # as its docs say
        try:
            parser.read_string(text)
        except configparser.Error as error:
            raise ValueError(str(error)) from error
        return [
            # A continued line of a systemd unit reads as a name of its own.
            (section, renamed(name), value and renamed(value))
            for section in parser.sections()
            for name, value in parser.items(section)
        ]
