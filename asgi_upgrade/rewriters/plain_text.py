"""Text of any kind: the exact name, wherever it stands on its own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from asgi_upgrade.document import Document
from asgi_upgrade.model import (
    NEW_CLASS,
    NEW_MODULE,
    OLD_CLASS,
    OLD_NAME,
    Decision,
    Edit,
    Finding,
    Proposal,
    Use,
    renamed,
)

WHY = "uvicorn.workers is deprecated"

LOG_LINE = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d|^\s*File \"|Traceback \(most recent")
"""A line of a log or a traceback: it tells what was."""

RELOAD = re.compile(r"(?<!\S)--reload(?![\w-])")

NEAR = 6
"""So many lines around the old name are searched for the new one: a choice between both."""

SPECIAL = (
    (re.compile(r"filterwarnings|ignore::|-W\s*ignore|PYTHONWARNINGS"), "warning-filters"),
    (re.compile(r"hidden-?imports?", re.IGNORECASE), "hidden-imports"),
    (re.compile(r"\bomit\b|exclude_(?:also|lines)"), "coverage"),
)


class PlainText:
    """Changes exact names; what other files cannot say, such as templates, is kept as it is."""

    def handles(self, path: PurePosixPath, text: str) -> bool:
        """Take any file."""
        return True

    def propose(self, document: Document) -> Iterable[Proposal]:
        """Return an edit for each whole name, and a decision for each other."""
        for match in OLD_NAME.finditer(document.text):
            yield from self.at(document, match.start())
        for match in NEW_CLASS.finditer(document.text):
            yield Use(document.line_of(match.start()))
        yield from reloads(document)

    def meaning(self, text: str) -> object:
        """Return the text."""
        return renamed(text)

    def at(self, document: Document, start: int) -> Iterator[Proposal]:
        """Yield what is to be done with the old name that begins there."""
        text, number = document.text, document.line_of(start)
        line = line_at(text, start)
        if LOG_LINE.search(line):
            return
        whole = OLD_CLASS.match(text, start)
        if whole is None:
            yield partial(number, text, start, line)
        elif is_choice(text, number):
            yield Decision(
                number,
                "the old and the new name stand next to each other",
                "keep the new one alone when everything here has uvicorn-worker",
                "old-or-new",
            )
        else:
            yield Edit(start, whole.end(), f"{NEW_MODULE}.{whole[1]}", WHY)


def partial(number: int, text: str, start: int, line: str) -> Decision:
    """Return the decision about a name that is not one of the two classes."""
    for pattern, topic in SPECIAL:
        if pattern.search(line):
            return Decision(
                number,
                f"names uvicorn.workers: {line.strip()[:80]}",
                "name uvicorn_worker as well, or take the line out",
                topic,
            )
    name = re.compile(r"[\w.{}$%]+").match(text, start)
    return Decision(
        number,
        f"{name[0] if name else 'uvicorn.workers'} is none of the two worker classes",
        f"only UvicornWorker and UvicornH11Worker are in {NEW_MODULE}",
        "other-names",
    )


def line_at(text: str, offset: int) -> str:
    """Return the line that holds an offset, without its end."""
    end = text.find("\n", offset)
    return text[text.rfind("\n", 0, offset) + 1 : end if end >= 0 else len(text)].rstrip("\r")


def is_choice(text: str, number: int) -> bool:
    """Tell whether code near a line names the new module, too."""
    lines = text.split("\n")[max(0, number - 1 - NEAR) : number + NEAR]
    return any(re.search(r"(?<![\w./-])uvicorn_worker\b(?!\.py)", line) for line in lines)


def reloads(document: Document) -> Iterator[Finding]:
    """Yield each command that runs the worker with --reload."""
    text = re.sub(r"\\\r?\n", lambda end: " " * len(end[0]), document.text)
    for match in re.finditer(r"[^\n]+", text):
        line = match[0]
        if RELOAD.search(line) and (OLD_CLASS.search(line) or NEW_CLASS.search(line)):
            yield Finding(
                document.line_of(match.start()),
                "--reload never reloads with this worker",
                "reload",
            )
