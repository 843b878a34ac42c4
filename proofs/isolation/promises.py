"""What must hold of the outcomes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from proofs.isolation.outcome import Outcome, Outcomes, Row
from proofs.isolation.servers import Kind

type Results = Mapping[Kind, Outcomes]


def broken(results: Results, clean: frozenset[Row]) -> Iterator[str]:
    """Yield a sentence for each promise that is broken.

    clean: rows in which nobody may see anything, whatever other servers show.
    """
    for kind, outcomes in results.items():
        if kind.column not in {"lanes", "fresh"}:
            continue
        stock = _first(results, "stock", kind.suite)
        gthread = _first(results, "gthread", kind.suite, kind.size)
        for row, outcome in outcomes.items():
            where = f"{kind.column} {kind.size}: {row[0]}: {row[1]}"
            others = [other[row] for other in (stock, gthread) if row in other]
            if not outcome.looks:
                yield f"{where}: nobody could look"
            if outcome.stuck:
                yield f"{where}: {outcome.stuck} requests found no thread"
            if outcome.errors and all(not other.errors for other in others):
                yield f"{where}: {outcome.errors} failed, and none on stock or gthread"
            if leaked := _leaked(kind, outcome, row, clean, stock, gthread):
                yield f"{where}: {leaked}"


def _leaked(
    kind: Kind, outcome: Outcome, row: Row, clean: frozenset[Row], stock: Outcomes, gthread: Outcomes
) -> str | None:
    seen = f"{outcome.leaks} of {outcome.looks} saw {_most_common(outcome)}"
    if not outcome.leaks:
        return None
    if row in clean:
        return f"{seen}; it must be none"
    if kind.column == "fresh":
        return None if row in stock and stock[row].leaks else f"{seen}; it is none on stock"
    if row in gthread and outcome.leaks <= gthread[row].leaks:
        return None
    return f"{seen}; on gthread {gthread[row].leaks if row in gthread else 'none'}"


def _most_common(outcome: Outcome) -> str:
    return ", ".join(what for what, _ in outcome.seen.most_common(2)) or "too much"


def _first(results: Results, column: str, suite: str, size: int | None = None) -> Outcomes:
    for kind, outcomes in results.items():
        if (kind.column, kind.suite) == (column, suite) and size in {None, kind.size}:
            return outcomes
    return {}
