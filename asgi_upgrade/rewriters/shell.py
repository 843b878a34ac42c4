"""Shell scripts, Dockerfiles, Procfiles, Makefiles, .env files: commands and variables."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from asgi_upgrade.document import Document
from asgi_upgrade.model import OLD_NAME, Decision, Proposal
from asgi_upgrade.prose import comment_around
from asgi_upgrade.rewriters.plain_text import PlainText

NAMES = ("Dockerfile", "Containerfile", "Procfile", "Makefile", "makefile", "justfile")
SUFFIXES = {".sh", ".bash", ".zsh", ".fish", ".ps1", ".bat", ".cmd", ".env", ".dockerfile"}


BASE_IMAGE = re.compile(
    r"^FROM[ \t]+(?:--\S+[ \t]+)*(\S*(?:uvicorn|gunicorn)\S*)", re.MULTILINE | re.IGNORECASE
)
INSTALLS = re.compile(r"\binstall\b[^\n]*\b(?:uvicorn|gunicorn)|\buvicorn-worker\b")


def base_image(text: str) -> str:
    """Return the image with a server of its own that another one is made from, or ""."""
    image = BASE_IMAGE.search(text)
    return image[1] if image else ""


class Shell(PlainText):
    """The same edits as in any text: a command is cut into words by many kinds of shells."""

    def propose(self, document: Document) -> Iterable[Proposal]:
        """Do as for any text, but leave images alone whose packages come from elsewhere."""
        image = BASE_IMAGE.search(document.text)
        if image is None or INSTALLS.search(document.text):
            return super().propose(document)
        return [
            Decision(
                document.line_of(match.start()),
                f"the image {image[1]} brings its own packages, and perhaps no uvicorn-worker",
                "install uvicorn-worker in this image, then name its class here",
                "base-images",
            )
            for match in OLD_NAME.finditer(document.text)
            if not comment_around(document.text, match.start())
        ]

    def handles(self, path: PurePosixPath, text: str) -> bool:
        """Take scripts, by their names or by their first line."""
        return (
            path.name.startswith((*NAMES, ".env"))
            or path.suffix.lower() in SUFFIXES
            or (text.startswith("#!") and "sh" in text.split("\n", 1)[0])
        )
