"""What it costs to report to Sentry and to a collector, as a table of the documentation."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from rendering import TEMPLATE

from benchmarks.measurements import PAGES, Results
from benchmarks.peers import PROJECT, REPORTS
from benchmarks.tables import per_second, table

FOLDER: Final = TEMPLATE / "docs" / "instrumentation"


def write_reports(results: Results, facts: Mapping[str, str]) -> None:
    """Write the results and the table that is made of them."""
    FOLDER.mkdir(exist_ok=True)
    content = {"circumstances": dict(facts), **results.as_dict()}
    (FOLDER / "results.json").write_text(json.dumps(content, indent=1) + "\n", "utf-8")
    heads = ("", *PAGES, "memory")
    text = f"{table(heads, rows(results))}\n{table(('', ''), facts.items())}"
    (FOLDER / "table.md").write_text(text, "utf-8")


def rows(results: Results) -> Iterator[Sequence[str]]:
    """Yield a row for each peer: answers a second, and what part that is of those without reports."""
    for peer in REPORTS:
        cells = []
        for page in PAGES:
            share = results.rate(page, peer) / results.rate(page, PROJECT)
            cells.append(f"{per_second(results.throughput[page][peer.name])}, {share:.0%}")
        yield peer.name, *cells, f"{results.memory[peer.name]:.0f} MB"
