"""Where the arrays and values of a TOML file stand; tomlkit does not tell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from asgi_upgrade.dependencies.formats.arrays import Item

TABLE = re.compile(r"[ \t]*\[\[?[ \t]*([^\]\n]+?)[ \t]*\]\]?")
KEY = re.compile(
    r"[ \t]*(?:\{%[^\n]*?%\}[ \t]*)?([A-Za-z0-9_\-.]+|\"[^\"\n]*\"|'[^'\n]*')[ \t]*=[ \t]*"
)
STRING = re.compile(
    r"\"\"\"(?:\\.|[^\\])*?\"\"\"|'''.*?'''|\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*'", re.DOTALL
)

TOKEN = re.compile(
    rf"(?P<string>{STRING.pattern})|(?P<comment>#[^\n]*)|(?P<tag>\{{%.*?%\}})|(?P<open>[\[{{])|(?P<close>[\]}}])"
    r"|(?P<newline>\n)",
    re.DOTALL,
)


@dataclass(frozen=True)
class Value:
    """A key of a table, where its line begins, and its value; the strings of an array."""

    table: str
    key: str
    line: int
    start: int
    end: int
    items: tuple[Item, ...] | None


def values(text: str) -> Iterator[Value]:
    """Yield each key with its value. A file that is no TOML gives what looks like one."""
    table = ""
    at = 0
    while at < len(text):
        if header := TABLE.match(text, at):
            table = header[1].replace('"', "").replace("'", "").replace(" ", "")
            at = _line_end(text, header.end())
        elif key := KEY.match(text, at):
            end, items = _value(text, key.end())
            yield Value(table, key[1].strip("\"'"), at, key.end(), end, items)
            at = _line_end(text, end)
        else:
            at = _line_end(text, at)


def _value(text: str, start: int) -> tuple[int, tuple[Item, ...] | None]:
    """Return where a value ends, and the strings if it is an array."""
    depth, items = 0, []
    at = start
    for token in TOKEN.finditer(text, start):
        kind, at = token.lastgroup, token.start()
        if kind == "string" and depth == 1:
            items.append(Item(token.start(), token.end()))
        elif kind == "open":
            depth += 1
        elif kind == "close":
            depth -= 1
            if depth <= 0:
                return token.end(), tuple(items) if text[start] == "[" else None
        elif kind in {"newline", "comment", "tag"} and depth == 0:
            break
    else:
        at = len(text)
    return start + len(text[start:at].rstrip()), None


def _line_end(text: str, at: int) -> int:
    newline = text.find("\n", at)
    return len(text) if newline < 0 else newline + 1
