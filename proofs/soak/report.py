"""The report of a soak: a table and a plot."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

import matplotlib as mpl
from matplotlib.figure import Figure

from proofs.soak.samples import Sample

QUANTITIES: Final = {
    "memory": "memory of the largest worker, MiB",
    "threads": "threads of a worker",
    "files": "open files of a worker",
    "connections": "connections to PostgreSQL",
    "p99": "p99, ms",
    "errors": "errors",
}

mpl.use("svg")
mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "soak"})


def write(
    samples: Sequence[Sample], disturbances: Sequence[tuple[float, str]], verdict: str, folder: Path
) -> None:
    """Write samples.json, table.md and plot.svg into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    content = [asdict(sample) for sample in samples]
    (folder / "samples.json").write_text(json.dumps(content) + "\n")
    (folder / "table.md").write_text(table(samples, disturbances, verdict))
    figure = Figure(figsize=(9, 9), layout="constrained")
    for plot, (quantity, label) in zip(figure.subplots(3, 2).flat, QUANTITIES.items(), strict=True):
        values = [getattr(sample, quantity) for sample in samples]
        plot.plot([sample.minute for sample in samples], values, color="#0c7a4d", linewidth=1)
        for minute, _ in disturbances:
            plot.axvline(minute, color="#d7dce3", linewidth=0.8, zorder=0)
        plot.set_title(label, loc="left", fontweight="bold")
        plot.set_ylim(0, 1.15 * max([*values, 1]))
        plot.set_xlabel("minutes")
    figure.savefig(folder / "plot.svg", facecolor="white", metadata={"Date": None})


def table(
    samples: Sequence[Sample], disturbances: Sequence[tuple[float, str]], verdict: str
) -> str:
    """Return the least, the median and the most of each quantity."""
    facts = (
        f"{samples[-1].minute:.0f} minutes",
        f"{sum(sample.answers for sample in samples):,} answers",
        f"{sum(sample.errors for sample in samples)} errors",
        f"{len(disturbances)} reloads and restarts",
    )
    lines = [
        f"{', '.join(facts)}. {verdict}\n\n",
        "| | least | median | most |\n|---|---:|---:|---:|\n",
    ]
    for quantity, label in QUANTITIES.items():
        values = sorted(getattr(sample, quantity) for sample in samples)
        middle = values[len(values) // 2]
        lines.append(f"| {label} | {values[0]:,.0f} | {middle:,.0f} | {values[-1]:,.0f} |\n")
    return "".join(lines)
