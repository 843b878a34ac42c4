"""A module of Python: its syntax tree, and the characters that its nodes and tokens span."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator

from asgi_upgrade.document import Document
from asgi_upgrade.model import NEW_MODULE, OLD_NAME, Decision
from asgi_upgrade.syntax import parse

TEXT_TOKENS = {"STRING", "COMMENT", "FSTRING_MIDDLE"}


class Module:
    """The code of a document, and the characters that its nodes and tokens span."""

    def __init__(self, document: Document) -> None:
        """Parse it. Raises SyntaxError, ValueError."""
        self.document = document
        text = document.text
        self.tree = parse(text)
        self.lines = re.split(r"(?<=\n)|(?<=\r)(?!\n)", text)
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line))
        self.nodes = list(ast.walk(self.tree))

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a place in the syntax tree, whose columns count UTF-8."""
        before = self.lines[line - 1].encode()[:column].decode()
        return self.starts[line - 1] + len(before)

    def span(self, node: ast.expr | ast.stmt | ast.alias) -> tuple[int, int]:
        """Return where a node begins and ends."""
        end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
        return self.offset(node.lineno, node.col_offset), self.offset(end_line, end_column)

    def texts(self) -> Iterator[tuple[int, int]]:
        """Yield the spans of strings and comments."""
        reader = io.StringIO(self.document.text, newline="").readline
        for token in tokenize.generate_tokens(reader):
            if tokenize.tok_name[token.type] in TEXT_TOKENS:
                (row, column), (end_row, end_column) = token.start, token.end
                yield self.starts[row - 1] + column, self.starts[end_row - 1] + end_column

    def docstrings(self) -> set[int]:
        """Return where the strings begin that are statements of their own."""
        return {
            self.span(node)[0]
            for node in self.nodes
            if isinstance(node, ast.Expr) and _is_text(node.value)
        }

    def built_names(self) -> Iterator[Decision]:
        """Yield the strings that have the old name only when their parts or escapes are joined."""
        for node in self.nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                start, end = self.span(node)
                shown = len(OLD_NAME.findall(self.document.text, start, end))
                if len(OLD_NAME.findall(node.value)) > shown:
                    yield self.decision(
                        node,
                        "a string that is written in parts names uvicorn.workers",
                        f"name {NEW_MODULE} in it",
                        "other-names",
                    )

    def decision(self, node: ast.stmt | ast.expr, what: str, advice: str, topic: str) -> Decision:
        """Return a decision about a node."""
        return Decision(node.lineno, what, advice, topic)


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
