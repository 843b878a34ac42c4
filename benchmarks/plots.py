"""The results as pictures."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.measurements import PAGES, Results, Sample
from benchmarks.peers import GTHREAD, PROJECT, STOCK

COLORS: Final = {PROJECT.name: "#0c7a4d", STOCK.name: "#c2410c", GTHREAD.name: "#475569"}
OTHER: Final = "#a8b2c1"

mpl.use("svg")
mpl.rcParams.update({
    "font.family": "sans-serif",
    "font.size": 10,
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "benchmarks",  # so that the same results give the same file
    "axes.spines.top": False,
    "axes.spines.right": False,
})  # fmt: skip


def draw(results: Results, folder: Path) -> None:
    """Write the pictures into a folder."""
    save(throughput(results), folder / "throughput.svg")
    save(by_level(results, LOAD), folder / "concurrency.svg")
    save(by_level(results, HELD), folder / "threads.svg")


def save(figure: Figure, path: Path) -> None:
    """Write a figure with a white ground, which dark pages need, and without the date."""
    figure.savefig(path, facecolor="white", metadata={"Date": None})


def throughput(results: Results) -> Figure:
    """Bars: answers a second of each peer, for each page."""
    figure = Figure(figsize=(9, 6.4), layout="constrained")
    axes = figure.subplots(2, 2).flat
    for plot, page in zip(axes, PAGES, strict=True):
        rates = {
            peer: statistics.median(sample.rate for sample in samples)
            for peer, samples in results.throughput[page].items()
        }
        names = sorted(rates, key=lambda peer: rates[peer])
        values = [rates[name] for name in names]
        bars = plot.barh(names, values, color=[COLORS.get(name, OTHER) for name in names])
        plot.bar_label(bars, [f" {value:,.0f}" for value in values])
        plot.set_title(page, loc="left", fontweight="bold")
        plot.set_xlim(0, 1.2 * max(values))
        plot.xaxis.set_visible(False)
        plot.spines["bottom"].set_visible(False)
    figure.suptitle("Answers a second, one worker")
    return figure


Read = Callable[[Sample], float]

LOAD: Final[Mapping[str, Read]] = {
    "answers a second": lambda sample: sample.rate,
    "p99 in milliseconds": lambda sample: sample.p99,
}
HELD: Final[Mapping[str, Read]] = {
    "threads": lambda sample: sample.threads,
    "database connections": lambda sample: sample.connections,
}


def by_level(results: Results, quantities: Mapping[str, Read]) -> Figure:
    """Lines: quantities of each peer over the number of connections, for each page."""
    figure = Figure(figsize=(9, 6.4), layout="constrained")
    rows = figure.subplots(len(quantities), len(results.concurrency), squeeze=False)
    for plots, (quantity, read) in zip(rows, quantities.items(), strict=True):
        for plot, (page, peers) in zip(plots, results.concurrency.items(), strict=True):
            for peer, levels in peers.items():
                values = [statistics.median(map(read, samples)) for samples in levels.values()]
                line(plot, peer, list(levels), values)
            plot.set_title(f"{page}: {quantity}", loc="left", fontweight="bold")
            plot.set_xlabel("connections of clients")
            plot.set_ylim(bottom=0)
    rows[0][0].legend(frameon=False)
    return figure


def line(plot: Axes, peer: str, levels: Sequence[int], values: Sequence[float]) -> None:
    """Draw the values of a peer; each level is twice the one before."""
    plot.set_xscale("log", base=2)
    plot.set_xticks(levels, [str(level) for level in levels])
    plot.plot(levels, values, marker="o", color=COLORS[peer], label=peer)
