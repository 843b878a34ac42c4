"""Are the databases used in the way that holds under ASGI?"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage
from django.urls import URLPattern, URLResolver, get_resolver

from asgi_serving.checks.finding import Finding

KEPT = Finding(
    "asgi_serving.E009",
    "Database {alias!r} has CONN_MAX_AGE {age}: a connection is kept for the thread that opened "
    "it, and under ASGI no other request finds it there, so that connections pile up.",
    "Set CONN_MAX_AGE to 0, and let OPTIONS['pool'] keep connections.",
    '"CONN_MAX_AGE": 60',
    "100 requests to Django's own handler left 100 connections open, and PostgreSQL was full after "
    "seconds.",
)
ATOMIC = Finding(
    "asgi_serving.E010",
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
    """Look for connections that outlive a request."""
    ages = {
        alias: database.get("CONN_MAX_AGE", 0) for alias, database in settings.DATABASES.items()
    }
    return [KEPT.message(alias=alias, age=age) for alias, age in ages.items() if age != 0]


def check_atomic_requests(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Look for asynchronous views that a database wants to run in a transaction."""
    aliases = [alias for alias, each in settings.DATABASES.items() if each.get("ATOMIC_REQUESTS")]
    if not aliases:
        return []
    views = [view for view in _views(get_resolver().url_patterns) if iscoroutinefunction(view)]
    found = []
    for alias in aliases:
        refused = [v for v in views if alias not in getattr(v, "_non_atomic_requests", ())]
        if refused:
            name = f"{refused[0].__module__}.{refused[0].__qualname__}"
            found.append(ATOMIC.message(alias=alias, number=len(refused), view=name))
    return found


def _views(patterns: Iterable[URLPattern | URLResolver]) -> Iterator[Callable[..., Any]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _views(pattern.url_patterns)
        else:
            yield pattern.callback
