"""What must hold of the outcomes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from proofs.isolation.outcome import Outcome, Outcomes, Row
from proofs.isolation.servers import Kind

type Results = Mapping[Kind, Outcomes]


class Measures(NamedTuple):
    """What the outcomes of a server are measured by.

    clean: rows in which nobody may see anything, whatever other servers show.
    """

    clean: frozenset[Row]
    stock: Outcomes
    gthread: Outcomes


def broken(results: Results, clean: frozenset[Row]) -> Iterator[str]:
    """Yield a sentence for each promise that is broken. clean: as of `Measures`."""
    for kind, outcomes in results.items():
        if kind.column not in {"lanes", "fresh"}:
            continue
        stock = _outcomes(results, "stock", kind.suite)
        gthread = _outcomes(results, "gthread", kind.suite, kind.size)
        measures = Measures(clean, stock, gthread)
        for row, outcome in outcomes.items():
            for what in _broken(kind, row, outcome, measures):
                yield f"{kind.column} {kind.size}, {kind.suite}: {row[0]}: {row[1]}: {what}"


def _broken(kind: Kind, row: Row, outcome: Outcome, measures: Measures) -> Iterator[str]:
    if not outcome.looks:
        yield "nobody could look"
    if outcome.stuck:
        yield f"{outcome.stuck} requests found no thread"
    others = [other[row] for other in (measures.stock, measures.gthread) if row in other]
    if outcome.errors and (row in measures.clean or not any(other.errors for other in others)):
        yield f"{outcome.errors} requests failed"
    allowed = _allowed(kind, row, outcome, measures)
    if outcome.leaks > allowed:
        seen = ", ".join(what for what, _ in outcome.seen.most_common(2)) or "too much"
        yield f"{outcome.leaks} of {outcome.looks} saw {seen}; {allowed} may"


def _allowed(kind: Kind, row: Row, outcome: Outcome, measures: Measures) -> int:
    """Return how many may see something."""
    if row in measures.clean:
        return 0
    if kind.column == "fresh":
        leaks = row in measures.stock and measures.stock[row].leaks
        return outcome.leaks if leaks else 0
    return measures.gthread[row].leaks if row in measures.gthread else 0


def _outcomes(results: Results, column: str, suite: str, size: int | None = None) -> Outcomes:
    """Return the outcomes of the first server of a kind."""
    for kind, outcomes in results.items():
        if (kind.column, kind.suite) == (column, suite) and size in {None, kind.size}:
            return outcomes
    return {}
