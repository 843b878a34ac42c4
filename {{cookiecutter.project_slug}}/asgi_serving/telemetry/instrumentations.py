"""Spans of packages: queries of PostgreSQL, and whatever else an instrumentation is installed for."""

import logging
import os
from importlib.metadata import entry_points
from typing import Final

logger = logging.getLogger("asgi_serving.telemetry")

LEFT_OUT: Final = frozenset({"django", "logging"})
"""Requests and the log have theirs here already; Django's would send each request to a thread."""


def instrument_packages() -> None:
    """Start each instrumentation that is installed, as `opentelemetry-instrument` does."""
    disabled = os.environ.get("OTEL_PYTHON_DISABLED_INSTRUMENTATIONS", "").split(",")
    left_out = LEFT_OUT.union(each.strip() for each in disabled)
    for entry in entry_points(group="opentelemetry_instrumentor"):
        if entry.name in left_out:
            continue
        try:
            entry.load()().instrument()
        except Exception as error:  # noqa: BLE001  # a site is served without its spans, too
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            logger.warning("There are no spans of %s: %s", entry.name, reason)
