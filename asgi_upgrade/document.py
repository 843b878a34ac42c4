"""A text file as it is: its bytes, its encoding, and where its lines are."""

from __future__ import annotations

import codecs
import io
import re
import tokenize
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

LARGEST = 4_000_000
"""Bytes; text that a person has written is smaller."""

BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
"""What a file may begin with, and how the rest is read; UTF-32 before UTF-16, its prefix."""

IGNORED = re.compile(r"asgi-upgrade:[ \t]*ignore\b")
ALONE = re.compile(r"\W*asgi-upgrade:[ \t]*ignore\W*$")
"""A comment in a line that is left alone, or on a line of its own above it."""


class UnreadableError(Exception):
    """Raised with the reason when a file is no text, too large, or cannot be written back."""


@dataclass(frozen=True)
class Document:
    """A text file. The text has the file's own line endings, and offsets count its characters."""

    path: PurePosixPath
    text: str
    encoding: str
    mark: bytes = b""

    @classmethod
    def parse(cls, path: PurePosixPath, content: bytes) -> Document:
        """Return the document with this content; raises UnreadableError."""
        if len(content) > LARGEST:
            raise UnreadableError(f"larger than {LARGEST // 1_000_000} MB")
        mark, encoding = _encoding(path, content)
        try:
            text = content[len(mark) :].decode(encoding)
        except (UnicodeDecodeError, LookupError) as error:
            raise UnreadableError(f"not {encoding} text") from error
        if "\0" in text:
            raise UnreadableError("binary")
        document = cls(path, text, encoding, mark)
        if document.encode(text) != content:
            raise UnreadableError(f"its {encoding} cannot be written back as it is")
        return document

    def encode(self, text: str) -> bytes:
        """Return the bytes of another text in this file; raises UnicodeEncodeError."""
        return self.mark + text.encode(self.encoding)

    @cached_property
    def newline(self) -> str:
        """The line ending of the first line, or a line feed."""
        first = self.text.find("\n")
        return "\r\n" if first > 0 and self.text[first - 1] == "\r" else "\n"

    @cached_property
    def ignored(self) -> frozenset[int]:
        """The numbers of the lines that a person has said to leave alone."""
        if not IGNORED.search(self.text):
            return frozenset()
        return frozenset(
            number + (ALONE.match(line) is not None)
            for number, line in enumerate(self.text.split("\n"), 1)
            if IGNORED.search(line)
        )

    def is_ignored(self, offset: int) -> bool:
        """Tell whether the line that holds an offset is left alone."""
        return bool(self.ignored) and self.line_of(offset) in self.ignored

    def line_of(self, offset: int) -> int:
        """Return the number of the line that holds an offset; the first is 1."""
        return self.text.count("\n", 0, offset) + 1


def _encoding(path: PurePosixPath, content: bytes) -> tuple[bytes, str]:
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if content.startswith(mark):
            return mark, encoding
    if path.suffix in {".py", ".pyi"}:
        try:
            return b"", tokenize.detect_encoding(io.BytesIO(content).readline)[0]
        except SyntaxError as error:
            raise UnreadableError("its encoding line is wrong") from error
    return b"", "utf-8"
