"""What a site of some size takes and serves: connections, memory, answers a second."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Any, Final

from asgi_serving.checks.connections import postgresql_aliases
from asgi_serving.checks.project_settings import entries
from asgi_serving.inspection.connections import Connections
from asgi_serving.inspection.size import Size
from asgi_serving.settings import serving_settings

FIGURES: Final = Path(__file__).with_name("figures.json")
"""What was measured of one worker; the benchmarks in the library's repository write it."""


def plan(size: Size) -> dict[str, Any]:
    """Return sections of names and values, all of them fit for JSON.

    Each PostgreSQL server is asked how many connections it gives.
    """
    figures = json.loads(FIGURES.read_text("utf-8"))
    needs = [Connections.of(alias, size) for alias in postgresql_aliases()]
    return {
        "size": dict(_numbers(size)),
        **{f"connections to {each.alias}": dict(each.rows()) for each in needs},
        "memory in MB, estimated": dict(_memory(size, figures)),
        "answers a second, estimated": dict(_answers(size, figures)),
        "measured, of one worker": {"on": figures["machine"], "at": figures["date"]},
        "what to change, in this order": list(
            chain(_advice(size), *(each.advice(size.lanes) for each in needs))
        ),
    }


def _numbers(size: Size) -> Iterator[tuple[str, int]]:
    for name, number in asdict(size).items():
        if name != "pool" or number:  # what the settings say is among the connections
            yield name.replace("_", " "), number


def _memory(size: Size, figures: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """Yield the resident memory that was measured, and what the settings allow besides."""
    worker, limits = figures["memory in MB"], serving_settings()
    yield "each worker", worker
    yield "each replica", size.workers * worker
    yield "each replica during a reload, old and new", 2 * size.workers * worker
    waiting = size.workers * (limits.body_memory + limits.unread_memory) // 10**6
    yield "more with slow clients (BODY_MEMORY, UNREAD_MEMORY)", waiting


def _answers(size: Size, figures: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """Yield what was measured for each worker that has a CPU to itself."""
    busy = size.replicas * min(size.cpus, size.workers)
    for page, rate in figures["answers a second"].items():
        yield page, busy * rate


def _advice(size: Size) -> Iterator[str]:
    engines = [str(each.get("ENGINE")) for each in entries("DATABASES").values()]
    if size.replicas > 1 and any("sqlite" in engine for engine in engines):
        yield "Use PostgreSQL (DATABASE_URL): replicas do not share SQLite's file."
    if size.workers > size.cpus:
        yield (
            f"Start {size.cpus} workers instead of {size.workers} (WEB_CONCURRENCY): each keeps a "
            "CPU busy, more only take memory and connections."
        )
