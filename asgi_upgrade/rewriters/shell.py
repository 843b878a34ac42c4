"""Shell scripts, Dockerfiles, Procfiles, Makefiles, .env files: commands and variables."""

from __future__ import annotations

from pathlib import PurePosixPath

from asgi_upgrade.rewriters.plain_text import PlainText

NAMES = ("Dockerfile", "Containerfile", "Procfile", "Makefile", "makefile", "justfile")
SUFFIXES = {".sh", ".bash", ".zsh", ".fish", ".ps1", ".bat", ".cmd", ".env", ".dockerfile"}


class Shell(PlainText):
    """The same edits as in any text: a command is cut into words by many kinds of shells."""

    def handles(self, path: PurePosixPath, text: str) -> bool:
        """Take scripts, by their names or by their first line."""
        return (
            path.name.startswith((*NAMES, ".env"))
            or path.suffix.lower() in SUFFIXES
            or (text.startswith("#!") and "sh" in text.split("\n", 1)[0])
        )
