"""The library counts with what was measured last, not with what it once was."""

from __future__ import annotations

from benchmarks.figures import FIGURES, figures


def test_library_has_the_figures_of_the_last_benchmark() -> None:
    """Otherwise: `python -m benchmarks.figures`, then the library's manifest."""
    assert FIGURES.read_text("utf-8") == figures()
