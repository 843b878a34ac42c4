"""The handlers that are compared, and one that is broken."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import Any

import django
import django.core.asgi
from django.core.handlers.asgi import ASGIHandler

LANES = (10, 1000, 10)
"""Lanes, queue and seconds of waiting: more than any test needs."""


class Applications:
    """Makes handlers, and counts the requests of all of them.

    name: `stock`, `project`, or `control`, which is the project's but saves no session.
    """

    def __init__(self, name: str) -> None:
        """Raise RuntimeError when the project's handler would not serve on this Django."""
        self.requests = 0
        self._make: Any = ASGIHandler
        if name != "stock":
            handler = import_module("asgi_serving.handler.handler")
            if django.VERSION[:2] not in handler.PROVEN_ON:
                raise RuntimeError(f"The project would not serve on Django {django.__version__}.")
            lanes = import_module("asgi_serving.handler.lanes").Lanes(*LANES)
            self._make = partial(handler.Handler, lanes)
        if name == "control":
            _forget_sessions()

    def install(self) -> None:
        """Let `django.core.asgi` make these handlers."""
        django.core.asgi.ASGIHandler = self.make

    def make(self) -> Any:
        """Return a new handler, with the middleware of the settings."""
        handler: Any = self._make()

        def create_request(*arguments: Any) -> Any:
            self.requests += 1
            # Not what the class had when the handler was made: packages change it later.
            return type(handler).create_request(handler, *arguments)

        handler.create_request = create_request
        return handler


def _forget_sessions() -> None:
    middleware: Any = import_module("asgi_serving.handler.middleware").SessionMiddleware
    middleware.process_response = lambda *given: given[-1]  # the response as it is
