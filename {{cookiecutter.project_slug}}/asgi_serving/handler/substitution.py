"""Another object under a name of a module of Django's, for a while."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any


@contextmanager
def substituted(module: ModuleType, name: str, substitute: Any) -> Iterator[None]:
    """Let a module find the substitute under a name. Raises AttributeError: it has no such name."""
    original = getattr(module, name)
    setattr(module, name, substitute)
    try:
        yield
    finally:
        setattr(module, name, original)
