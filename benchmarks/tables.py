"""The results as Markdown."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence

from benchmarks.measurements import CONNECTIONS, Results, Sample
from benchmarks.targets import verdicts


def markdown(results: Results, facts: Mapping[str, str]) -> str:
    """Return all tables, each under a heading of the third level."""
    sections = (
        ("Where it was measured", table(("", ""), facts.items())),
        ("Promises", table(("what", "promised", "found", ""), promises(results))),
        (f"Answers a second at {CONNECTIONS} connections", throughput(results)),
        ("What each peer holds", table(HOLDS, holdings(results))),
        ("In process", table(("middleware", "µs a request", "more than before"), steps(results))),
    )
    return "\n".join(f"### {heading}\n\n{content}" for heading, content in sections)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; all columns but the first are to the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def promises(results: Results) -> Iterator[Sequence[str]]:
    """Yield a row for each promise."""
    for verdict in verdicts(results):
        yield (
            verdict.what,
            verdict.promised,
            verdict.found,
            "kept" if verdict.kept else "**missed**",
        )


def throughput(results: Results) -> str:
    """Return a row for each peer, and a column for each page."""
    peers = list(dict.fromkeys(peer for page in results.throughput.values() for peer in page))
    rows = []
    for peer in peers:
        cells = [per_second(page.get(peer)) for page in results.throughput.values()]
        rows.append((peer, *cells))
    return table(("", *results.throughput), rows)


def per_second(samples: Sequence[Sample] | None) -> str:
    """Return the median of the rounds, and the smallest and the largest."""
    if not samples:
        return "–"
    rates = [sample.rate for sample in samples]
    return f"{statistics.median(rates):,.0f} ({min(rates):,.0f}–{max(rates):,.0f})"


HOLDS = ("", "p99 of the async view", "most threads", "most connections", "memory")


def holdings(results: Results) -> Iterator[Sequence[str]]:
    """Yield a row for each peer."""
    for peer, memory in results.memory.items():
        samples = [s for page in results.throughput.values() for s in page.get(peer, ())]
        p99 = statistics.median(s.p99 for s in results.throughput["async view"][peer])
        threads, connections = (
            max(getattr(sample, name) for sample in samples) for name in ("threads", "connections")
        )
        yield peer, f"{p99:.0f} ms", str(threads), str(connections), f"{memory:.0f} MB"


def steps(results: Results) -> Iterator[Sequence[str]]:
    """Yield a row for each middleware that was added, and for what Django does by itself."""
    of_handler: dict[str, float] = {}
    for name, time in results.in_process.items():
        handler = name.rpartition(",")[0]  # the project's own has no name
        more = f"{time - of_handler[handler]:+.1f}" if handler in of_handler else ""
        of_handler[handler] = time
        yield name, f"{time:.1f}", more
