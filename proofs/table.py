"""A table of the documentation, of which a program may make one row anew and leave the others."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def write_row(table: Path, heading: str, names: Sequence[str], row: str) -> None:
    """Put a row into a table, in the place of the one that begins with the same name.

    heading: both lines of it. names: with which rows begin, in their order; rows of others go.
    """
    lines = table.read_text("utf-8").splitlines(keepends=True) if table.exists() else []
    rows = {name_of(line): line for line in (*lines, row)}
    table.parent.mkdir(exist_ok=True)
    table.write_text(heading + "".join(rows[name] for name in names if name in rows), "utf-8")


def name_of(row: str) -> str:
    """Return the text of a row's first cell."""
    return row.split("|")[1].strip()
