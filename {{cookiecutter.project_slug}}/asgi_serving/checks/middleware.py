"""What does the middleware cost each request?"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from django.apps import AppConfig
from django.core.checks import CheckMessage
from django.utils.deprecation import MiddlewareMixin
from django.utils.module_loading import import_string

from asgi_serving.checks.finding import Finding
from asgi_serving.checks.handler import serves_on_lanes
from asgi_serving.checks.project_settings import middleware_paths
from asgi_serving.handler.middleware import NativeMiddleware
from asgi_serving.handler.middleware_loading import is_synchronous, native_middleware

HOPS = Finding(
    "asgi_serving.I002",
    "{name} goes to a thread {hops} for each request{why}, also for asynchronous views.",
    "Write it as an asynchronous middleware, or call it only for the views that need it.",
    "MIDDLEWARE with a function that is no coroutine function",
    "Taking the hops out of Django's own seven middleware doubled the requests per second."
    " A request that hops takes a lane, too.",
)
WHITENOISE = Finding(
    "asgi_serving.W007",
    "whitenoise.middleware.WhiteNoiseMiddleware serves files through threads, while the gateway "
    "serves them without Django.",
    "Take it out of MIDDLEWARE.",
    '"whitenoise.middleware.WhiteNoiseMiddleware"',
    "The gateway serves a file of 1 kB 28 times as often.",
)


class Middleware(NamedTuple):
    """An entry of `MIDDLEWARE`: how often it goes to a thread for each request, and why."""

    path: str
    hops: int
    why: str


def check_middleware(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Look for middleware that goes to a thread for each request."""
    found = []
    if serves_on_lanes():
        found += [
            HOPS.message(name=each.path, hops=("once", "twice")[each.hops - 1], why=each.why)
            for each in middleware()
            if each.hops
        ]
    if "whitenoise.middleware.WhiteNoiseMiddleware" in middleware_paths():
        found.append(WHITENOISE.message())
    return found


def middleware() -> Iterator[Middleware]:
    """Yield each middleware as the handler would load it; what cannot be imported is left out."""
    loaded = {}
    for path in middleware_paths():
        with suppress(Exception, SystemExit):  # Django refuses to start, and names it
            loaded[path] = import_string(native_middleware(path))
    synchronous = {path for path in loaded if is_synchronous(path)}
    for path, factory in loaded.items():
        if path in synchronous:
            yield Middleware(path, 1, " with all others, because it is only synchronous")
        else:
            yield Middleware(path, *((0, "") if synchronous else _hops(factory)))


def _hops(factory: Any) -> tuple[int, str]:
    if not isinstance(factory, type) or not issubclass(factory, MiddlewareMixin):
        return 0, ""
    if issubclass(factory, NativeMiddleware) or "__acall__" in _overridden(factory):
        return 0, ""
    methods = [m for m in ("process_request", "process_response") if hasattr(factory, m)]
    return len(methods), f" for its {' and '.join(methods)}" if methods else ""


def _overridden(factory: type) -> set[str]:
    """Return the names that a class and its ancestors define before MiddlewareMixin does."""
    ancestors = factory.__mro__[: factory.__mro__.index(MiddlewareMixin)]
    return {name for ancestor in ancestors for name in vars(ancestor)}
