"""How long a test waits for an answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Final

from asgiref.testing import ApplicationCommunicator

DEADLINE: Final = 120
"""After how long a request is taken for hanging, in seconds."""


def wait_long() -> None:
    """Let the communicators of ASGI wait as long; theirs is one second, which a busy machine takes."""
    for name in ("receive_output", "wait"):
        setattr(ApplicationCommunicator, name, _patient(getattr(ApplicationCommunicator, name)))


def _patient(method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    @wraps(method)
    async def waiting(communicator: ApplicationCommunicator, timeout: float = 0) -> Any:  # noqa: ASYNC109  # its own signature
        return await method(communicator, max(timeout, DEADLINE))

    return waiting
