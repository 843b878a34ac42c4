"""The table of docs/isolation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from proofs.isolation.outcome import Outcome, Row
from proofs.isolation.promises import Results

COLUMNS: Final = ("stock", "gthread", "lanes", "fresh")


def rows_of(results: Results) -> dict[Row, dict[str, Outcome]]:
    """Return the outcomes of each row by column, the passes of a column added up."""
    rows: dict[Row, dict[str, Outcome]] = {}
    for kind, outcomes in results.items():
        suffix = ", on asyncio" if kind.suite == "asyncio" else ""
        for (group, name), outcome in outcomes.items():
            cells = rows.setdefault((group, name + suffix), {})
            cells[kind.column] = cells.get(kind.column, Outcome()) + outcome
    return rows


def markdown(results: Results) -> Iterator[str]:
    """Yield the lines of the table."""
    yield f"| | {' | '.join(COLUMNS)} |"
    yield f"|---|{'---:|' * len(COLUMNS)}"
    group = None
    for row, cells in sorted(rows_of(results).items(), key=lambda item: _order(results, item[0])):
        if row[0] != group:
            group = row[0]
            yield f"| **{group}** |{' |' * len(COLUMNS)}"
        shown = (cell(cells.get(column)) for column in COLUMNS)
        yield f"| {row[1]} | {' | '.join(shown)} |"


def cell(outcome: Outcome | None) -> str:
    """Return how many saw something, and what else went wrong."""
    if outcome is None:
        return "–"
    parts = [f"{outcome.leaks} of {outcome.looks}" if outcome.leaks else "0"]
    if outcome.errors:
        parts.append(f"{outcome.errors} × 500")
    if outcome.stuck:
        parts.append(f"{outcome.stuck} stuck")
    return ", ".join(parts)


def _order(results: Results, row: Row) -> int:
    """Return where the group of a row comes first."""
    groups = dict.fromkeys(group for outcomes in results.values() for group, _ in outcomes)
    return list(groups).index(row[0])
