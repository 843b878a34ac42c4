"""Are the databases used in the way that holds under ASGI?"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.apps import AppConfig
from django.core.checks import CheckMessage
from django.urls import URLPattern, URLResolver, get_resolver

from asgi_serving.checks.finding import Finding
from asgi_serving.checks.handler import serves_on_lanes
from asgi_serving.checks.project_settings import entries

KEPT = Finding(
    "asgi_serving.W028",
    "Database {alias!r} has CONN_MAX_AGE {age}, and requests have no lanes: a connection is kept for "
    "the thread that opened it, and no other request finds it there, so that connections pile up.",
    "Set CONN_MAX_AGE to 0, or LANES to 1 or more: a lane is a thread that serves again, with its "
    "connection. PostgreSQL and Oracle may have OPTIONS['pool'] instead.",
    '"CONN_MAX_AGE": 60 with LANES=0',
    "100 requests to Django's own handler left 100 connections open, and PostgreSQL was full after "
    "seconds.",
)
ATOMIC = Finding(
    "asgi_serving.W029",
    "Database {alias!r} has ATOMIC_REQUESTS, and {number} views are asynchronous: each request "
    "to them is a 500. The first is {view}.",
    "Take ATOMIC_REQUESTS out, and use transaction.atomic in the views that need it, or decorate "
    "asynchronous views with transaction.non_atomic_requests.",
    '"ATOMIC_REQUESTS": True',
    "Django raises RuntimeError: You cannot use ATOMIC_REQUESTS with async views.",
)


def check_conn_max_age(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Look for connections that outlive their request on a thread that does not."""
    if serves_on_lanes():
        return []
    ages = {alias: each.get("CONN_MAX_AGE", 0) for alias, each in entries("DATABASES").items()}
    return [KEPT.message(alias=alias, age=age) for alias, age in ages.items() if age != 0]


def check_atomic_requests(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Look for asynchronous views that a database wants to run in a transaction."""
    databases = entries("DATABASES")
    aliases = [alias for alias, each in databases.items() if each.get("ATOMIC_REQUESTS")]
    if not aliases:
        return []
    try:
        patterns = get_resolver().url_patterns
    except Exception:  # noqa: BLE001  # Django's own checks say what is wrong with it
        return []
    views = [view for view in _views(patterns) if iscoroutinefunction(view)]
    found = []
    for alias in aliases:
        refused = [v for v in views if alias not in getattr(v, "_non_atomic_requests", ())]
        if refused:
            first = refused[0]
            name = f"{first.__module__}.{getattr(first, '__qualname__', type(first).__qualname__)}"
            found.append(ATOMIC.message(alias=alias, number=len(refused), view=name))
    return found


def _views(patterns: Iterable[URLPattern | URLResolver]) -> Iterator[Callable[..., Any]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _views(pattern.url_patterns)
        else:
            yield pattern.callback
