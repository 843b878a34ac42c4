"""Commands that install packages: in Dockerfiles, workflows and scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from asgi_upgrade.dependencies.declaration import (
    REQUIREMENT,
    SERVER,
    WHY,
    Declaration,
    normalised,
)
from asgi_upgrade.dependencies.formats.requirements import respecify
from asgi_upgrade.document import Document
from asgi_upgrade.model import PACKAGE, Edit

COMMAND = re.compile(
    r"\b(?:pip3?|pipx|uv pip|pdm|poetry|uv|pipenv)(?:\.exe)?[ \t]+(?:install|add)\b"
    r"(?P<arguments>(?:\\\r?\n|[^\n&|;#`])*)"
)
WORD = re.compile(r"(?P<quote>[\"']?)(?P<word>[^\s\"'\\]+)(?P=quote)")
NAMES = ("Dockerfile", "Containerfile", "Makefile", "justfile")


class PipInstall:
    """`pip install`, `uv pip install`, `uv add`, `poetry add` with names of packages."""

    def handles(self, path: PurePosixPath) -> bool:
        """Take Dockerfiles, scripts and YAML files."""
        return path.name.startswith(NAMES) or path.suffix in {
            ".sh", ".bash", ".dockerfile", ".yml", ".yaml",
        }  # fmt: skip

    def declarations(self, document: Document) -> Iterator[Declaration]:
        """Yield the packages that commands name."""
        for command in COMMAND.finditer(document.text):
            before = document.text[
                document.text.rfind("\n", 0, command.start()) + 1 : command.start()
            ]
            if "#" in before:
                continue
            for word in WORD.finditer(document.text, *command.span("arguments")):
                match = REQUIREMENT.fullmatch(word["word"])
                if match and normalised(match["name"]) in SERVER:
                    yield Declaration(
                        document.path, normalised(match["name"]), match["specifier"],
                        word.start("word"), word.end("word"), 0, str(command.start()),
                    )  # fmt: skip

    def beside(self, document: Document, declaration: Declaration, specifier: str) -> Edit:
        """Add a word, in quotes where the other one is or a shell would need them."""
        text = document.text
        quote = text[declaration.start - 1]
        quote = quote if quote in "\"'" else ""
        end = declaration.end + len(quote)
        begin = text.rfind("\n", 0, declaration.start) + 1
        before = text[begin : declaration.start - len(quote)]
        rest = text[end : text.find("\n", end) if "\n" in text[end:] else len(text)]
        new_quote = quote or ('"' if re.search(r"[<>]", specifier) else "")
        new = f"{new_quote}{PACKAGE}{specifier}{new_quote}"
        if not before.strip():  # each stands on its own continued line
            if re.fullmatch(r"[ \t]*\\\r?", rest):
                at = end + len(rest)
                slash = rest.rstrip("\r")
                return Edit(at, at, f"\n{before}{new}{slash}{rest[len(slash) :]}", WHY)
            return Edit(end, end, f" \\{document.newline}{before}{new}", WHY)
        return Edit(end, end, f" {new}", WHY)

    def respecified(self, document: Document, declaration: Declaration, specifier: str) -> Edit:
        """Change the version in its word."""
        return respecify(document, declaration, specifier)
