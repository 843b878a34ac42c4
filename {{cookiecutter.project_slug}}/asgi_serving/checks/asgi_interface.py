"""Can something be called as an ASGI application?"""

import inspect
from collections.abc import Callable
from typing import Any


def why_not_asgi(candidate: Any) -> str:
    """Return why Uvicorn would not serve it, or "": the rule is that of its Config.

    It takes what `functools.partial` returns, and a bound method, for ASGI 2, and calls it with the
    scope alone.
    """
    call = candidate if inspect.isfunction(candidate) else getattr(candidate, "__call__", None)  # noqa: B004  # the function itself
    if inspect.iscoroutinefunction(call) and not inspect.isclass(candidate):
        return why_not_three_arguments(candidate)
    if callable(candidate) and _takes(candidate, {}):
        return ""  # ASGI 2
    return why_not_three_arguments(candidate) or "Uvicorn sees no coroutine function in it"


def why_not_three_arguments(candidate: Any) -> str:
    """Return why it cannot be called with scope, receive and send, or ""."""
    if not callable(candidate):
        return f"a {type(candidate).__name__} cannot be called"
    if inspect.isclass(candidate):
        return "it is a class, not an instance of one"
    return "" if _takes(candidate, {}, None, None) else "it does not take scope, receive and send"


def _takes(candidate: Callable[..., Any], *arguments: Any) -> bool:
    try:
        inspect.signature(candidate).bind(*arguments)
    except (TypeError, ValueError):
        return False
    return True
