"""The names of Uvicorn's own that accepting and draining need, and that Uvicorn does not promise."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "uvicorn.server:Server": (
        "_captured_signals", "force_exit", "lifespan", "on_tick", "server_state", "should_exit",
        "shutdown", "started", "startup",
    ),
    "uvicorn.config:Config": ("http_protocol_class", "ssl"),
    "uvicorn.lifespan.on:LifespanOn": ("state",),
    "uvicorn.server:ServerState": ("connections", "default_headers", "tasks", "total_requests"),
    "uvicorn.protocols.http.httptools_impl:HttpToolsProtocol": ("cycle", "shutdown", "transport"),
    "uvicorn.protocols.http.httptools_impl:RequestResponseCycle": (
        "default_headers", "keep_alive", "response_complete", "response_started",
    ),
    "uvicorn.protocols.http.zttp_impl:ZttpProtocol": ("cycle", "shutdown", "transport"),
    "uvicorn.protocols.http.zttp_impl:RequestResponseCycle": (
        "default_headers", "keep_alive", "response_complete", "response_started",
    ),
    "uvicorn.protocols.http.h11_impl:H11Protocol": ("cycle", "shutdown", "transport"),
    "uvicorn.protocols.http.h11_impl:RequestResponseCycle": (
        "default_headers", "keep_alive", "response_complete", "response_started",
    ),
}  # fmt: skip
"""Attributes and methods of Uvicorn's classes; those of a package that is absent do not count."""

NEEDS: Final = {
    "uvicorn.protocols.http.httptools_impl": "httptools",
    "uvicorn.protocols.http.zttp_impl": "zttp",
}


def missing_names() -> list[str]:
    """Return which of the names the installed Uvicorn has not, as `module:class.name`."""
    return list(_missing())


def _missing() -> Iterator[str]:
    for place, names in NAMES.items():
        module, _, owner = place.partition(":")
        if module in NEEDS and not find_spec(NEEDS[module]):
            continue
        try:
            known = _names_of(getattr(import_module(module), owner))
        except (ImportError, AttributeError):
            yield place
            continue
        yield from (f"{place}.{name}" for name in names if name not in known)


def _names_of(owner: Any) -> set[str]:
    """Return the methods of a class, and the names that its methods use, attributes among them."""
    known = set(dir(owner))
    for method in vars(owner).values():
        known.update(getattr(getattr(method, "__code__", None), "co_names", ()))
    return known
