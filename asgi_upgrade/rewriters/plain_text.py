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
from asgi_upgrade.prose import NEW_CODE, comment_around, tells_of_change

WHY = "uvicorn.workers is deprecated"

_CLASS = r"Uvicorn(?:H11)?Worker(?:[ \t]+as[ \t]+\w+)?"
OLD_IMPORT = re.compile(
    rf"from[ \t]+(?P<module>uvicorn\.workers)[ \t]+import[ \t]*(?:{_CLASS}(?:[ \t]*,[ \t]*{_CLASS})*"
    rf"|\(\s*{_CLASS}(?:\s*,\s*{_CLASS})*\s*,?\s*\))(?![ \t]*[,\w])"
)
"""An import of the two classes alone, in code that is no file of Python's own."""

PLAIN_IMPORT = re.compile(
    r"import[ \t]+(?P<module>uvicorn\.workers)(?=[ \t]*(?:[\"';#]|\r?$))", re.MULTILINE
)
OTHER_USE = re.compile(rf"(?<![\w.])uvicorn\.(?!workers(?!\w|\.\w)|workers\.{_CLASS}\b)[a-z_]")
"""Another use of what `import uvicorn.workers` binds."""

LOG_LINE = re.compile(
    r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d|\[(?:DEBUG|INFO|WARNING|ERROR)\]|^\s*File \""
    r"|Traceback \(most recent"
)
"""A line of a log or a traceback: it tells what was."""

RELOAD = re.compile(r"(?<!\S)--reload(?![\w-])")
NUMBER = re.compile(r"uvicorn\.workers[\"']?\s*[=:]\s*\"?(?:\d|\$|\{)")
"""A setting of this name, such as a chart's: so many processes."""

NEAR = 6
"""So many lines around the old name are searched for the new one: a choice between both."""

SUBSTITUTION = re.compile(
    r"s(?P<end>[/|,#@!])[^\n]*uvicorn\\?\.workers[^\n]*(?P=end)uvicorn_worker\b"
)
"""A command of sed or perl that changes the one name into the other."""

CHOICE = re.compile(r"\b(?:if|elif|else|elsif|case|when|unless|or|import)\b|\|\||\?")
ITEM = re.compile(
    r"\s*(?:-\s+(?:[\w-]+\s*:\s*)?)?[\"']?uvicorn(?:\.workers|_worker)\.\w+[\"']?\s*,?\s*"
)
"""A line that is an item of a list or a matrix, and has nothing but a name in it."""

REMARK = re.compile(r"(?:^|\s)(?:#|//|::|REM\b|<!--).*$")

COVERAGE = re.compile(r"\bomit\b|exclude_(?:also|lines)")
OLD_PATH = re.compile(r"(?<![\w.])uvicorn/workers(?:\.py)?\b")
"""The module's file, in a pattern of what is measured."""

SPECIAL = (
    (re.compile(r"filterwarnings|ignore:|-W\s*ignore|DeprecationWarning"), "warning-filters"),
    (re.compile(r"hidden-?imports?", re.IGNORECASE), "hidden-imports"),
    (re.compile(r"[\"']uvicorn\.(?:lifespan|loops|protocols|logging|main)\b"), "hidden-imports"),
    (COVERAGE, "coverage"),
    (re.compile(r"\bmypy\b|ignore_missing_imports|follow_imports|pyright"), "type-checkers"),
)
"""What the lines around a module's name are for."""


class PlainText:
    """Changes exact names; what other files cannot say, such as templates, is kept as it is."""

    def handles(self, path: PurePosixPath, text: str) -> bool:
        """Take any file."""
        return True

    def propose(self, document: Document) -> Iterable[Proposal]:
        """Return an edit for each whole name, and a decision for each other."""
        for match in OLD_NAME.finditer(document.text):
            yield from self.at(document, match.start())
        for match in OLD_PATH.finditer(document.text):
            if COVERAGE.search("\n".join(lines_around(document.text, match.start()))):
                yield other_tool(document, match.start(), "coverage")
        for match in NEW_CLASS.finditer(document.text):
            yield Use(document.line_of(match.start()))
        yield from reloads(document)

    def meaning(self, text: str) -> object:
        """Return the text."""
        return renamed(text)

    def at(self, document: Document, start: int) -> Iterator[Proposal]:
        """Yield what is to be done with the old name that begins there."""
        if is_logged(document.text, start) or NUMBER.match(document.text, start):
            return
        if comment := comment_around(document.text, start):
            yield from self.of_comment(document, start, *comment)
        else:
            yield from self.of_code(document, start)

    def of_comment(
        self, document: Document, start: int, begin: int, end: int
    ) -> Iterator[Proposal]:
        """Yield the edit for a name in a comment, unless it tells of the change."""
        text = document.text
        is_told = any(map(NEW_CODE.search, code_around(text, start)))
        edit = rename_at(text, start)
        if edit and not is_told and not tells_of_change(text[begin:end], start - begin):
            yield edit

    def of_code(self, document: Document, start: int) -> Iterator[Proposal]:
        """Yield the edit for a name that is used, or the decision about it."""
        if self.is_choice(document.text, start):
            yield Decision(
                document.line_of(start),
                "the old and the new name stand next to each other",
                "keep the new one alone when everything here has uvicorn-worker",
                "old-or-new",
            )
        else:
            yield rename_at(document.text, start) or partial(document, start)

    def is_choice(self, text: str, start: int) -> bool:
        """Tell whether code at a name, or code near it that chooses, names the new module, too."""
        line = line_at(text, start)
        if NEW_CODE.search(REMARK.sub("", line)) or SUBSTITUTION.search(line):
            return True
        lines = code_around(text, start)
        is_item = ITEM.fullmatch(REMARK.sub("", line)) is not None
        return any(map(NEW_CODE.search, lines)) and (
            any(map(CHOICE.search, lines))
            or (is_item and any(ITEM.fullmatch(x) and NEW_CODE.search(x) for x in lines))
        )


def rename_at(text: str, start: int) -> Edit | None:
    """Return the edit for a name that is one of the classes, or imports no more than them."""
    if whole := OLD_CLASS.match(text, start):
        return Edit(start, whole.end(), f"{NEW_MODULE}.{whole[1]}", WHY)
    found = OLD_IMPORT.match(text, max(text.rfind("from", 0, start), 0))
    if not found and not OTHER_USE.search(text):
        found = PLAIN_IMPORT.match(text, max(text.rfind("import", 0, start), 0))
    if found and found.start("module") == start:
        return Edit(start, found.end("module"), NEW_MODULE, WHY)
    return None


def partial(document: Document, start: int) -> Decision:
    """Return the decision about a name that is not one of the two classes."""
    line = line_at(document.text, start)
    around = "\n".join(lines_around(document.text, start))
    for pattern, topic in SPECIAL:
        if pattern.search(around):
            return other_tool(document, start, topic)
    name = re.split(r"[^\w.{}$%\\]", document.text[start:][: len(line)], maxsplit=1)[0]
    return Decision(
        document.line_of(start),
        f"{name} is none of the two worker classes",
        f"only UvicornWorker and UvicornH11Worker are in {NEW_MODULE}",
        "other-names",
    )


def other_tool(document: Document, start: int, topic: str) -> Decision:
    """Return the decision about a name that is there for another tool."""
    return Decision(
        document.line_of(start),
        f"names uvicorn.workers: {line_at(document.text, start).strip()[:80]}",
        "name uvicorn_worker as well, or take the line out",
        topic,
    )


def line_at(text: str, offset: int) -> str:
    """Return the line that holds an offset, without its end."""
    end = text.find("\n", offset)
    return text[text.rfind("\n", 0, offset) + 1 : end if end >= 0 else len(text)].rstrip("\r")


def lines_around(text: str, offset: int) -> list[str]:
    """Return the lines near an offset."""
    begin, end = offset, offset
    for _ in range(NEAR + 1):
        begin = text.rfind("\n", 0, begin) if begin > 0 else begin
        end = text.find("\n", end + 1) if 0 <= end < len(text) else end
    return text[max(begin, 0) : end if end >= 0 else len(text)].splitlines()


def code_around(text: str, offset: int) -> list[str]:
    """Return the lines near an offset without their remarks."""
    return [REMARK.sub("", line) for line in lines_around(text, offset)]


def is_logged(text: str, start: int) -> bool:
    """Tell whether a line is one of a log."""
    return LOG_LINE.search(line_at(text, start)) is not None


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
