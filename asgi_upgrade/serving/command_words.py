"""Commands that start a server, wherever they stand, cut into words that know where they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from asgi_upgrade.document import Document
from asgi_upgrade.prose import comment_around

SERVERS = ("gunicorn", "uvicorn", "daphne", "hypercorn")
START = re.compile(rf"(?<![\w.-])(?P<name>{'|'.join(SERVERS)})(?=[\s\"'\\,]|$)", re.MULTILINE)

QUOTED = re.compile(r"\"(?P<double>(?:\\.|[^\"\\\n])*)\"|'(?P<single>[^'\n]*)'")
PLAIN = re.compile(r"(?:\$\{[^}]*\}|\$\([^)]*\)|\\[^\n]|[\"'][^\"'\n]*[\"']|[^\s\"'\\|;&<>`])+")
END = re.compile(r"&&|\|\||[|;&`]|#")
FLOW = re.compile(r"[^\s,\[\]{}:\"']+(?=\s*[,\]])")
"""A word of a list in YAML that has no quotes."""

GAP = re.compile(r"(?:[ \t]|\\\r?\n)+")
ITEM = re.compile(r"\r?\n(?P<indentation>[ \t]*)-[ \t]+(?P<item>[^\r\n]*[^\s])[ \t]*(?=\r?\n|$)")
ARGUMENTS = re.compile(r"[ \t]*\r?\n[ \t]*args:[ \t]*(?P<list>\[)?")
FOLDED = re.compile(r":[ \t]*>[-+]?\d?[ \t]*$")
YAML = {".yaml", ".yml"}


@dataclass(frozen=True)
class Word:
    """A word of a command; start and end are those of its characters in the document, with quotes."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Command:
    """A command that starts a server; name is the program's own word, without its folder.

    is_list: each word is a string of a list of its own, in JSON or YAML.
    """

    document: Document
    name: Word
    words: Sequence[Word]
    is_list: bool

    @property
    def line(self) -> int:
        """The number of its first line."""
        return self.document.line_of(self.name.start)


def commands_in(document: Document) -> Iterator[Command]:
    """Yield what may be a command of a server; whether it names an application is not looked at."""
    text = document.text
    for found in START.finditer(text):
        if comment_around(text, found.start()) or _is_remark(text, found.start()):
            continue
        name = Word(found["name"], found.start(), found.end())
        quote = _open_quote(text, found.start())
        if quote and text[found.end() : found.end() + 1] == quote:
            words = list(_listed(text, found.end() + 1))
            yield Command(document, name, words, is_list=True)
        elif document.path.suffix in YAML and _is_item(text, found.start(), found.end()):
            yield Command(document, name, list(_items(text, found.start())), is_list=True)
        else:
            is_folded = document.path.suffix in YAML and not quote
            words = list(_shell(text, found.end(), quote, is_folded=is_folded))
            yield Command(document, name, words, is_list=False)


def _is_remark(text: str, at: int) -> bool:
    return text[text.rfind("\n", 0, at) + 1 : at].lstrip().startswith(("#", "//"))


def _open_quote(text: str, at: int) -> str:
    """Return the quote that the text of a line stands in, or ""."""
    quote = ""
    for character in text[text.rfind("\n", 0, at) + 1 : at]:
        if character == quote:
            quote = ""
        elif not quote and character in "\"'":
            quote = character
    return quote


def _listed(text: str, at: int) -> Iterator[Word]:
    """Yield the strings of a list in brackets, from a place in it; then those of `args`."""
    while at < len(text) and text[at] != "]":
        if found := QUOTED.match(text, at):
            yield _word(found)
            at = found.end()
        elif text[at] in " \t\r\n,":
            at += 1
        elif found := FLOW.match(text, at):
            yield Word(found[0], at, found.end())
            at = found.end()
        else:  # no list of words
            return
    if (more := ARGUMENTS.match(text, at + 1)) and more["list"]:
        yield from _listed(text, more.end())


def _is_item(text: str, start: int, end: int) -> bool:
    """Tell whether a word is an item of a list in YAML of its own."""
    line = text[text.rfind("\n", 0, start) + 1 : end]
    rest = text[end : text.find("\n", end) if "\n" in text[end:] else len(text)]
    return re.fullmatch(r"[ \t]*-[ \t]+\S*", line) is not None and not rest.strip()


def _items(text: str, start: int) -> Iterator[Word]:
    """Yield the items that follow one, and those of `args`."""
    begin = text.rfind("\n", 0, start) + 1
    indentation = re.match(r"[ \t]*", text[begin:])
    at = text.find("\n", start)
    at = at if at >= 0 else len(text)
    while found := ITEM.match(text, at - 1 if text[at - 1 : at] == "\r" else at):
        if indentation and found["indentation"] != indentation[0]:
            return
        quoted = QUOTED.fullmatch(found["item"])
        inner = found["item"] if quoted is None else quoted["double"] or quoted["single"] or ""
        yield Word(inner, found.start("item"), found.end("item"))
        at = found.end()
    if more := ARGUMENTS.match(text, at):
        yield from _listed(text, more.end()) if more["list"] else _items(text, more.end() - 1)


def _shell(text: str, at: int, quote: str, *, is_folded: bool) -> Iterator[Word]:
    """Yield the words of a command of a shell, up to its end."""
    indentation = _indentation(text, at)
    is_folded = is_folded and _is_folded(text, at)
    while at < len(text):
        if gap := GAP.match(text, at):
            at = gap.end()
        elif (quote and text[at] == quote) or END.match(text, at):
            return
        elif text[at] in "\r\n":
            following = text.find("\n", at) + 1
            if (
                not is_folded
                or _indentation(text, following) < indentation
                or not _line(text, following)
            ):
                return
            at = following
        elif (found := QUOTED.match(text, at)) or (found := PLAIN.match(text, at)):
            if found.re is QUOTED:
                yield _word(found)
            else:
                end = found[0].find(quote) if quote else -1
                stop = found.start() + end if end >= 0 else found.end()
                yield Word(text[at:stop], at, stop)
                if end >= 0:
                    return
            at = found.end()
        else:
            return


def _is_folded(text: str, at: int) -> bool:
    """Tell whether a line is one of a block of YAML whose lines are joined."""
    own = _indentation(text, at)
    begin = text.rfind("\n", 0, at) + 1
    while begin:
        begin = text.rfind("\n", 0, begin - 1) + 1
        line = _line(text, begin)
        if line and _indentation(text, begin) < own:
            return FOLDED.search(line) is not None
    return False


def _indentation(text: str, at: int) -> int:
    line = _line(text, text.rfind("\n", 0, at) + 1)
    full = text[text.rfind("\n", 0, at) + 1 :]
    return len(full) - len(full.lstrip(" \t")) if line else 0


def _line(text: str, begin: int) -> str:
    end = text.find("\n", begin)
    return text[begin : end if end >= 0 else len(text)].strip()


def _word(found: re.Match[str]) -> Word:
    inner = found["double"] if found["double"] is not None else found["single"]
    return Word(inner, found.start(), found.end())
