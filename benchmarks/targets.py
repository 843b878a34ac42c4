"""What the project promises, and whether a run has shown it."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from benchmarks.measurements import CONNECTIONS, Results
from benchmarks.peers import COOKIECUTTER_DJANGO, GTHREAD, POOL, PROJECT, STOCK, SYNC, Peer

THREADS: Final = 2 * POOL + 12
"""Most threads of a worker: lanes, the loop, the pool's own, and asyncio's for short errands."""


@dataclass(frozen=True)
class Verdict:
    """A promise and what came of it."""

    what: str
    promised: str
    found: str
    kept: bool


def verdicts(results: Results) -> Iterator[Verdict]:
    """Yield a verdict for each promise that the run has measured."""
    yield from _ratios(results)
    yield from _files(results)
    yield from _behaviour(results)
    yield from _in_process(results)


def _ratios(results: Results) -> Iterator[Verdict]:
    promises: tuple[tuple[Peer, dict[str, float]], ...] = (
        (STOCK, _at_least_times(12, 7, 3.5)),
        (COOKIECUTTER_DJANGO, _at_least_times(12, 7, 5)),
        (GTHREAD, _at_least_times(4, 1.5, 1.05)),
        (SYNC, {"sync view": 1, "one row, sync": 1}),
    )
    for peer, pages in promises:
        for page, least in pages.items():
            if peer.name in results.throughput.get(page, {}):
                ratio = results.rate(page, PROJECT) / results.rate(page, peer)
                yield _at_least(f"{page}, against {peer.name}", least, ratio)


def _at_least_times(plain_async: float, plain_sync: float, row: float) -> dict[str, float]:
    return {
        "async view": plain_async, "sync view": plain_sync,
        "one row, async": row, "one row, sync": row,
    }  # fmt: skip


def _files(results: Results) -> Iterator[Verdict]:
    for name, peers in results.throughput.items():
        if name.startswith("static file") and COOKIECUTTER_DJANGO.name in peers:
            ratio = results.rate(name, PROJECT) / results.rate(name, COOKIECUTTER_DJANGO)
            yield _at_least(f"{name}, against WhiteNoise in the middleware", 10, ratio)
    ratio = results.rate("/livez", PROJECT) / results.rate("async view", STOCK)
    yield _at_least("/livez, against an async view of stock Django", 30, ratio)


def _behaviour(results: Results) -> Iterator[Verdict]:
    for page, peers in results.offered.items():
        own, stock = (statistics.median(peers[peer.name]) for peer in (PROJECT, STOCK))
        what = f"p99 of {page} at {results.offered_rate[page]:,.0f} requests/s"
        found = f"{own:.1f} ms, stock {stock:.1f} ms"
        yield Verdict(what, "no worse than stock", found, own <= stock)
    for page, own_levels in results.concurrency.items():
        levels = own_levels[PROJECT.name]
        rates = {n: statistics.median(s.rate for s in some) for n, some in levels.items()}
        most = max(rates)
        share = 100 * rates[most] / rates[CONNECTIONS]
        what = f"{page} at {most} connections, of its rate at {CONNECTIONS}"
        yield Verdict(what, "≥ 80 %", f"{share:.0f} %", share >= 80)
    samples = [
        sample
        for levels in (peers[PROJECT.name] for peers in results.concurrency.values())
        for some in levels.values()
        for sample in some
    ]
    threads = max(sample.threads for sample in samples)
    connections = max(sample.connections for sample in samples)
    yield Verdict("most threads of a worker", f"≤ {THREADS}", str(threads), threads <= THREADS)
    yield Verdict(
        "most database connections of a worker", f"≤ {POOL}", str(connections), connections <= POOL
    )
    own_memory, memory = results.memory[PROJECT.name], results.memory[STOCK.name]
    yield Verdict(
        "memory of a worker, against stock",
        "≤ 110 %",
        f"{100 * own_memory / memory:.0f} % ({own_memory:.0f} MB, {memory:.0f} MB)",
        own_memory <= 1.1 * memory,
    )
    starts = results.starts[PROJECT.name]
    first, tenth = (statistics.median(start[key] for start in starts) for key in ("first", "tenth"))
    found = f"{first / tenth:.1f} × ({first:.1f} ms, {tenth:.1f} ms)"
    yield Verdict("first request after boot, of the tenth", "≤ 3 ×", found, first <= 3 * tenth)


def _in_process(results: Results) -> Iterator[Verdict]:
    of_project = [t for name, t in results.in_process.items() if not name.startswith("Django")]
    share = 100 * of_project[0] / of_project[-1]
    what = "the handler with all middleware, of its rate without any, in process"
    yield Verdict(what, "≥ 65 %", f"{share:.0f} %", share >= 65)


def _at_least(what: str, least: float, ratio: float) -> Verdict:
    return Verdict(what, f"≥ {least:g} ×", f"{ratio:.{2 if least <= 1 else 1}f} ×", ratio >= least)
