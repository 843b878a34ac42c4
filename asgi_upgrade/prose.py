"""Text about the change: with the new name in it, it would become nonsense."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

NEW_CODE = re.compile(r"(?<![\w./-])uvicorn_worker\b(?!\.py)")
NEW = re.compile(rf"(?<![\w.-])uvicorn-worker\b|{NEW_CODE.pattern}")
"""The module, and the module or the package: what names the old one, too, tells of the change."""

CHANGE = re.compile(
    r"deprecat|obsol|supersed|\blegacy\b|no longer|any ?more\b|\bformer(ly)?\b|\bpreviously\b"
    r"|\bwe (used to|replaced)\b|\b(replaced|superseded) (by|with)\b|\breplace (this|these)\b"
    r"|\bmoved (to|into|out|from)\b|\brenamed (to|into)\b|\b(is|was|been) removed\b"
    r"|\bold(er)? (way|command|class|worker|name|module|one|setup|tutorials|docs|versions)\b"
    r"|^\W*(before|was|old)\b|\b(was|before):"
    r"|déprécié|remplacé|veraltet|ersetzt|reemplaza|устар|замен|弃用|代替|废弃|非推奨|대신",
    re.IGNORECASE,
)
"""What a sentence says that tells about the change, in the languages of many documents."""

HEADLINE = re.compile(
    r"deprecat|obsol|\blegacy\b|^\W*(before|old)\b|change ?log|^\W*changes\b|release notes"
    r"|what'?s new|\bhistory\W*$|^\W*((version|release)\s+)?v?\d+\.\d+\.\d+|弃用|veraltet|устар",
    re.IGNORECASE,
)
"""What the heading of such a section says, or that of a list of changes."""

REPLACED = re.compile(
    r"(instead of|rather than|in place of|replac\w+|au lieu de|statt|anstelle von|en lugar de|вместо"
    r"|(migrat|switch|upgrad|mov)\w*\s+(\w+\s+)?(from|off|away))\W*$",
    re.IGNORECASE,
)
"""What stands before the name that another one takes the place of."""

LABEL = re.compile(r"^\W*(initial|final|original|previous|former)\b[^:\n]*:\s", re.IGNORECASE)
"""How a line begins that notes down what something was at a time."""

FENCE = re.compile(r"^[ \t]*(?:```|~~~).*$", re.MULTILINE)
HEADING = re.compile(r"^(?:#{1,6}|={1,5})[ \t]+(.+)$|^(.+)\r?\n[=~^\"-]{3,}\r?$", re.MULTILINE)
INLINE_CODE = re.compile(r"`+[^`\n]+`+")
BLANK = re.compile(r"[ \t>#*/;]*\r?$")
SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])|\n\s*[-*+]\s")
COMMAND = re.compile(r"(?<!\w)-k|worker[-_]class\b|\bgunicorn\s+\S")
REMARK = re.compile(r"(?:^|\s)(?:#|//|::|REM\b|<!--)(.*)$", re.MULTILINE)
COMMENT_LINE = re.compile(r"[ \t]*(?:#|//|;|::|REM\b|<!--|\{#)")

SHORT = 4
"""So many words before an example are its title."""

LONG = 1000
"""Characters of the longest line that introduces an example."""

FAR = 40
"""Lines in each direction beyond which a paragraph or a comment is about something else."""


@dataclass(frozen=True)
class _Outline:
    """Where the fences of a document begin and end, and where its headings begin; their titles."""

    fences: list[tuple[int, int]]
    headings: list[int]
    titles: list[str]


@lru_cache(maxsize=1)
def _outline(text: str) -> _Outline:
    """Return the outline of a document; each of its names asks for it."""
    fences = [match.span() for match in FENCE.finditer(text)]
    found = [
        (match.start(), match[1] or match[2])
        for match in HEADING.finditer(text)
        if bisect(fences, (match.start(),)) % 2 == 0
    ]
    return _Outline(fences, [start for start, _ in found], [title for _, title in found])


def tells_of_change(text: str, offset: int) -> bool:
    """Tell whether a document talks about the name at an offset instead of using it."""
    outline = _outline(text)
    number = bisect(outline.fences, (offset,))
    is_fenced = number % 2 == 1
    before, begin = outline.fences[number - 1] if number else (0, 0)
    end = outline.fences[number][0] if number < len(outline.fences) else len(text)
    if not is_fenced:
        begin, end = _paragraph(text, offset, begin, end)
        before = begin
    is_example = is_fenced or is_command(text, offset)
    heading = outline.titles[: bisect(outline.headings, before)][-1:]
    return (
        (NEW_CODE if is_example else NEW).search(text, begin, end) is not None
        or LABEL.match(text[slice(*_line(text, offset))]) is not None
        or REPLACED.search(text, max(begin, _line(text, offset)[0]), offset) is not None
        or any(each.search(title) for title in heading for each in (NEW, HEADLINE))
        or (
            _example_tells(text, offset, before)
            if is_example
            else CHANGE.search(INLINE_CODE.sub("", _sentence(text, offset, begin, end))) is not None
        )
    )


def comment_around(text: str, offset: int) -> tuple[int, int] | None:
    """Return where the comment begins and ends that holds an offset; lines of comments are one."""
    start, end = _line(text, offset)
    if not COMMENT_LINE.match(text, start, end):
        remark = REMARK.search(text, start, end)
        return (remark.start(), end) if remark and remark.start() < offset else None
    return _while(
        text, offset, lambda begin, stop: COMMENT_LINE.match(text, begin, stop) is not None
    )


def _while(text: str, offset: int, holds: Callable[[int, int], bool]) -> tuple[int, int]:
    """Return where the lines begin and end around an offset for which something holds."""
    start, end = _line(text, offset)
    for _ in range(FAR):
        if not start or not holds(*(above := _line(text, start - 1))):
            break
        start = above[0]
    for _ in range(FAR):
        if end >= len(text) or not holds(*(below := _line(text, end + 1))):
            break
        end = below[1]
    return start, end


def _line(text: str, offset: int) -> tuple[int, int]:
    newline = text.find("\n", offset)
    return text.rfind("\n", 0, offset) + 1, newline if newline >= 0 else len(text)


def _paragraph(text: str, offset: int, begin: int, end: int) -> tuple[int, int]:
    start, stop = _while(text, offset, lambda *line: BLANK.fullmatch(text, *line) is None)
    return max(start, begin), min(stop, end)


def _sentence(text: str, offset: int, begin: int, end: int) -> str:
    starts = [match.end() for match in SENTENCE_END.finditer(text, begin, offset)]
    stop = SENTENCE_END.search(text, offset, end)
    return text[starts[-1] if starts else begin : stop.start() if stop else end]


def is_command(text: str, offset: int) -> bool:
    """Tell whether a line is one to be typed, and no sentence with `-k NAME` in it."""
    start, end = _line(text, offset)
    return COMMAND.search(text, start, end) is not None and text.count("`", start, offset) % 2 == 0


def _example_tells(text: str, offset: int, before: int) -> bool:
    """Tell whether a remark or the line above an example says that it is not to be followed."""
    start, end = _line(text, offset)
    above = _line(text, max(start - 1, 0))[0]
    said = [remark[1] for remark in REMARK.finditer(text, above, end)]
    title = text[max(before - LONG, 0) : before].rstrip().rpartition("\n")[2].strip()
    if title.endswith(":") or len(title.split()) <= SHORT:
        said.append(INLINE_CODE.sub("", title))
    return any(CHANGE.search(each) for each in said)
