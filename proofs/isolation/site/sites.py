"""Several sites in one process, each with a list of middleware of its own."""

from contextlib import contextmanager

from django.conf import settings

OWN = "isolation_site.middleware."
SITES = {
    "plain": [],
    "after": [OWN + "cleaned_after"],
    "mixin": [OWN + "CleanedInProcessResponse"],
    "finally": [OWN + "cleaned_finally"],
    "never": [OWN + "never_cleaned"],
    "context": [OWN + "ContextVariable"],
    "multitenant": [OWN + "MultitenantMiddleware"],
    "multitenant-shipped": ["django_multitenant.middlewares.MultitenantMiddleware"],
    "crum": ["crum.CurrentRequestUserMiddleware"],
    "structlog": ["django_structlog.middlewares.RequestMiddleware"],
    "history": ["simple_history.middleware.HistoryRequestMiddleware"],
    "auditlog": ["auditlog.middleware.AuditlogMiddleware"],
    "crowd": [
        OWN + "ContextVariable",
        OWN + "cleaned_after",
        OWN + "CleanedInProcessResponse",
        "crum.CurrentRequestUserMiddleware",
        "django_structlog.middlewares.RequestMiddleware",
    ],
    "silk": ["silk.middleware.SilkyMiddleware"],
}
"""Middleware after the project's own, as documentations say."""


def make_handlers(make):
    """Return a handler for each site; instead of one that cannot be made, what is wrong."""
    handlers = {}
    for name, more in SITES.items():
        with middleware(more):
            try:
                handlers[name] = make()
            except Exception as error:  # noqa: BLE001  # any of them is a finding
                handlers[name] = repr(error)
    return handlers


@contextmanager
def middleware(more):
    """Have more middleware than the project."""
    listed = settings.MIDDLEWARE
    settings.MIDDLEWARE = [*listed, *more]
    try:
        yield
    finally:
        settings.MIDDLEWARE = listed


def site_of(path):
    """Return the name of the site that a path belongs to."""
    return path.split("/")[1]
