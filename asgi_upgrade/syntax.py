"""Python code of others, parsed without a word about what it does."""

from __future__ import annotations

import ast
import warnings

NOT_PARSED = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What the parser raises for code that it cannot read, of whatever length and depth."""


def parse(text: str) -> ast.Module:
    """Return the syntax tree. Raises what NOT_PARSED names."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of invalid escapes such as "\\d"
        return ast.parse(text)
