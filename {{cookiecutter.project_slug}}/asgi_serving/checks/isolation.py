"""Does a visitor's data stay in a thread that serves the next one?"""

from collections.abc import Sequence
from typing import Any, Final

from django.apps import AppConfig
from django.core.checks import CheckMessage

from asgi_serving.checks.finding import Finding
from asgi_serving.checks.project_settings import middleware_paths
from asgi_serving.settings import serving_settings

NEVER_CLEANED: Final = {
    "django_multitenant.middlewares.MultitenantMiddleware": "the tenant of the last user who was "
    "logged in; visitors who are not see that tenant's rows",
}
"""Middleware that leaves something in its thread after a request that was answered normally, and
what. Read in django-multitenant 4.1.1, and shown by the proof of isolation."""

LEFT_BEHIND = Finding(
    "asgi_serving.W021",
    "{name} leaves a visitor's data in the thread, and the next visitor is served with it: {what}.",
    "Set LANES_REUSE=false, which gives each request a new thread, or write a middleware that cleans "
    "up after get_response.",
    '"django_multitenant.middlewares.MultitenantMiddleware"',
    "An anonymous visitor saw the invoices of the user before, as under any server with threads.",
)


def check_reused_threads(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Look for middleware that is known to need a new thread for each request."""
    if not serving_settings().lanes or not serving_settings().lanes_reuse:
        return []
    return [
        LEFT_BEHIND.message(name=path, what=NEVER_CLEANED[path])
        for path in middleware_paths()
        if path in NEVER_CLEANED
    ]
