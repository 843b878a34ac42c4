"""How long a test waits for an answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Final

from asgiref.testing import ApplicationCommunicator

DEFAULT: Final = 1
"""How long a communicator of ASGI waits unless it is told otherwise, in seconds."""

DEADLINE: Final = 120
"""After how long a request is taken for hanging, in seconds."""


def wait_long() -> None:
    """Let the communicators of ASGI wait as long: a busy machine may take a second for anything."""
    for name in ("receive_output", "wait"):
        setattr(ApplicationCommunicator, name, _patient(getattr(ApplicationCommunicator, name)))


def _patient(method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    @wraps(method)
    async def waiting(communicator: ApplicationCommunicator, timeout: float = DEFAULT) -> Any:  # noqa: ASYNC109  # its own signature
        return await method(communicator, DEADLINE if timeout == DEFAULT else timeout)

    return waiting
