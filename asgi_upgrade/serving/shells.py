"""`exec` before a command that a shell runs last: what stops a container tells the shell alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from asgi_upgrade.document import Document
from asgi_upgrade.model import Edit
from asgi_upgrade.serving.command_words import Command

WHY = "the shell makes way for it, or nothing tells Gunicorn that the container stops"

INSTRUCTION = re.compile(
    r"^[ \t]*(?:CMD|ENTRYPOINT)[ \t]+(?P<line>[^\[\s](?:\\\r?\n|[^\n])*)", re.MULTILINE
)
"""An instruction of a Dockerfile whose text a shell gets, and no list of words."""

QUOTED = re.compile(
    r"\b(?:ba|da)?sh[\"']?[,\s]+[\"']?-\w*c[\"']?[,\s]+"
    r"(?:\"(?P<double>(?:\\.|[^\"\\])*)\"|'(?P<single>[^']*)')",
    re.DOTALL,
)
"""What `sh -c` gets, as a word of a command or of a list."""

SCRIPT = re.compile(r"#![^\n]*\b(?:ba|da)?sh\b")

BEFORE = re.compile(
    r"(?:^|[;&|\n])[ \t\r\n]*(?:\w+=\S*[ \t]+)*(?P<words>(?:[\w./-]+[ \t]+)*[\w./-]*)\Z"
)
"""Before a program's name: what ends the former command, variables, and words such as `python -m`."""

NO_PROGRAMS = {"builtin", "command", "eval", "exec", "if", "source", "time", "until", "while"}


def exec_before(command: Command) -> Iterator[Edit]:
    """Yield the edit that lets a shell become a server, where it would only wait for that and end.

    As the first process of a container it would hand on no signal, and Docker kills all after seconds.
    """
    document = command.document
    end = command.words[-1].end if command.words else command.name.end
    for begin, stop in _shells(document):
        if not begin <= command.name.start < end <= stop:
            continue
        before, after = document.text[begin : command.name.start], document.text[end:stop]
        found = BEFORE.search(before)
        if not found or after.strip() or "trap " in before:
            return
        first = found["words"].split(maxsplit=1)[:1]
        if not NO_PROGRAMS.intersection(first):
            at = begin + found.start("words")
            yield Edit(at, at, "exec ", WHY)
        return


def _shells(document: Document) -> Iterator[tuple[int, int]]:
    """Yield where texts stand that a shell reads, the inner ones first."""
    text, name = document.text, document.path.name
    for found in QUOTED.finditer(text):
        yield found.span("double" if found["double"] is not None else "single")
    if "dockerfile" in name.lower() or name.startswith("Containerfile"):
        yield from (found.span("line") for found in INSTRUCTION.finditer(text))
    elif document.path.suffix == ".sh" or SCRIPT.match(text):
        yield 0, len(text)
