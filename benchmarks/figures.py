"""What `manage.py serving --plan` counts with: a few of the results, in the library itself.

`python -m benchmarks.figures` writes them anew from docs/performance/results.json.
"""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from typing import Final

from benchmarks.peers import PROJECT

TEMPLATE: Final = Path(__file__).resolve().parents[1]
RESULTS: Final = TEMPLATE / "docs" / "performance" / "results.json"
FIGURES: Final = (
    TEMPLATE / "{{cookiecutter.project_slug}}" / "asgi_serving" / "inspection" / "figures.json"
)


def figures() -> str:
    """Return the text of the library's file."""
    results = json.loads(RESULTS.read_text("utf-8"))
    rates = {
        page: round(statistics.median(sample["rate"] for sample in peers[PROJECT.name]))
        for page, peers in results["throughput"].items()
        if page != "/livez"
    }
    content = {
        "date": results["circumstances"]["date"],
        "machine": results["circumstances"]["machine"],
        "memory in MB": round(results["memory"][PROJECT.name]),
        "answers a second": rates,
    }
    return json.dumps(content, indent=1) + "\n"


def write_figures() -> None:
    """Write the library's file; its manifest is to be written after that."""
    FIGURES.write_text(figures(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write_figures()
