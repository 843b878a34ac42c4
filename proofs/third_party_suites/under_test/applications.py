"""The handlers that are compared, and one that is broken."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

import django
import django.core.asgi
from django.core.handlers.asgi import ASGIHandler

LANES = (10, 1000, 10)
"""Lanes, queue and seconds of waiting: more than any test needs."""


def make_application(name: str) -> Callable[[], ASGIHandler]:
    """Return what makes the handler `stock`, `project` or `control`.

    It is also put in place of the one that `django.core.asgi` makes.
    control is the project's with a middleware that never saves a session.
    Raises RuntimeError when the project's handler would not serve on the installed Django.
    """
    if name == "stock":
        return ASGIHandler
    handler = import_module("serving.handler")
    if django.VERSION[:2] not in handler.PROVEN_ON:
        raise RuntimeError(f"The project would not serve on Django {django.get_version()}.")
    make = partial(handler.Handler, import_module("serving.lanes").Lanes(*LANES))
    django.core.asgi.ASGIHandler = make
    if name == "control":
        _forget_sessions()
    return make


def _forget_sessions() -> None:
    def process_response(middleware: Any, request: Any, response: Any) -> Any:
        return response

    middleware: Any = import_module("serving.middleware").SessionMiddleware
    middleware.process_response = process_response
