"""The variables of what is served and of what it needs: a project lists them beside its own."""

from dataclasses import fields
from typing import Any, Final

from asgi_serving.environment.mailers import PROVIDERS
from asgi_serving.environment.reading import Environment
from asgi_serving.environment.variable import Groups, Variable
from asgi_serving.settings import ServingSettings

_DEFAULTS: Final = {"database_statement_timeout": 30}
"""Defaults of variables that a setting has not: a library leaves a site as it is."""

_SETTINGS: Final = {
    each.name.upper(): Variable(
        each.name.upper(),
        _DEFAULTS.get(each.name, getattr(ServingSettings, each.name)),
        **each.metadata,
    )
    for each in fields(ServingSettings)
    if each.name != "websocket_routes"
}

_DATABASE = (
    Variable(
        "DATABASE_URL",
        "sqlite:///db.sqlite3",
        "postgres://USER@HOST:5432/NAME, or sqlite:///FILE relative to the project.",
        required=True,
        secret=True,
        choices=("postgres://", "postgresql://", "sqlite://"),
    ),
    Variable(
        "DATABASE_PASSWORD",
        "",
        "The password for DATABASE_URL, when the URL itself holds none.",
        secret=True,
    ),
    Variable("DATABASE_POOL_MIN_SIZE", 2, "Connections that each worker keeps open."),
    Variable(
        "DATABASE_POOL_MAX_SIZE",
        10,
        "Most connections of one worker; times WEB_CONCURRENCY it must fit max_connections.",
    ),
    Variable(
        "DATABASE_POOL_TIMEOUT",
        5,
        "How long a request waits for a free connection before it fails, in seconds.",
    ),
)

_LANES = tuple(each for name, each in _SETTINGS.items() if name.startswith("LANES"))

_LIMITS = tuple(
    each
    for name, each in _SETTINGS.items()
    if name.startswith(("BODY", "SEND", "UNREAD", "WEBSOCKET"))
)

_OBSERVABILITY = tuple(
    each for name, each in _SETTINGS.items() if name.startswith(("SENTRY", "OTEL"))
)

_CACHE_AND_EMAIL = (
    Variable(
        "CACHE_URL",
        "locmemcache://",
        "redis://HOST:6379/0 for Valkey or Redis; locmemcache:// is private to each worker.",
        required=True,
        secret=True,
        choices=("redis://", "rediss://", "locmemcache://"),
    ),
    Variable(
        "CACHE_PASSWORD",
        "",
        "The password for CACHE_URL, when the URL itself holds none.",
        secret=True,
    ),
    Variable(
        "EMAIL_URL",
        "consolemail://",
        "smtp+tls://USER:PASSWORD@HOST:587; postmark://KEY@ or another provider; consolemail:// prints "
        "messages, password resets too.",
        required=True,
        secret=True,
        choices=(
            "smtp://",
            "smtp+tls://",
            "smtp+ssl://",
            "consolemail://",
            "ses://",
            *(f"{provider}://" for provider in PROVIDERS),
        ),
        extras={"ses://": "ses"} | {f"{provider}://": "anymail" for provider in PROVIDERS},
    ),
    Variable(
        "DEFAULT_FROM_EMAIL",
        "webmaster@localhost",
        "Sender of the site's messages.",
    ),
)

_FILES = (
    Variable(
        "STORAGE_URL",
        "",
        "s3://KEY:SECRET@BUCKET?region=REGION, or &endpoint=https://HOST of another service; gs://BUCKET "
        "of Google; azure://ACCOUNT:KEY@CONTAINER; unset, a folder.",
        secret=True,
        choices=("s3://", "gs://", "azure://"),
        extras={"s3://": "s3", "gs://": "google", "azure://": "azure"},
    ),
)

_LOGS = (
    Variable(
        "LOG_LEVEL",
        "INFO",
        "The least important lines that are written.",
        choices=("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"),
    ),
    Variable(
        "LOG_FORMAT",
        "",
        "json writes one object a line; unset, production does and the rest write text.",
        choices=("json", "text"),
    ),
)

_SERVER = (
    Variable(
        "GUNICORN_BIND",
        "",
        "Where Gunicorn listens, HOST:PORT or unix:PATH; unset, 127.0.0.1:8000 or 0.0.0.0:PORT.",
    ),
    Variable("PORT", 0, "The port that a platform assigns; 0 for none."),
    Variable(
        "WEB_CONCURRENCY",
        0,
        "Number of workers; 0 for one per CPU that the process may use.",
    ),
    Variable("GUNICORN_WORKER_CLASS", "asgi_serving.worker.Worker", "The class of the workers."),
    Variable(
        "GUNICORN_TIMEOUT",
        30,
        "A worker whose event loop is stuck for so long is replaced, in seconds.",
    ),
    Variable(
        "GUNICORN_GRACEFUL_TIMEOUT",
        30,
        "How long a stopping worker may finish its requests, in seconds; shorter than the "
        "container's stop_grace_period.",
    ),
    Variable(
        "GUNICORN_KEEPALIVE",
        75,
        "How long an idle connection stays open, in seconds; longer than the proxy keeps it.",
    ),
    Variable(
        "GUNICORN_MAX_REQUESTS",
        0,
        "Replace a worker after so many requests, give or take a tenth; 0 for never.",
    ),
    Variable(
        "FORWARDED_ALLOW_IPS",
        ["127.0.0.1", "::1"],
        "Addresses and networks of the proxies whose X-Forwarded-* headers are believed.",
    ),
)

SERVING: Final[Groups] = {
    "Database": (
        *_DATABASE,
        _SETTINGS["DATABASE_STATEMENT_TIMEOUT"],
        _SETTINGS["DATABASE_SESSION_RESET"],
        _SETTINGS["DATABASE_CONNECTIONS"],
    ),
    "Lanes": _LANES,
    "Limits": _LIMITS,
    "Cache and e-mail": _CACHE_AND_EMAIL,
    "Files": _FILES,
    "Logs": _LOGS,
    "Errors, traces and metrics": _OBSERVABILITY,
    "Server": (*_SERVER, _SETTINGS["STOP_GRACE_PERIOD"], _SETTINGS["CHECK_AT_START"]),
}
"""All of them, under the headings of a project's documentation."""


def serving_entries(env: Environment) -> dict[str, Any]:
    """Return the entries of the setting `ASGI_SERVING` that have a variable of the same name."""
    return {name: env[name] for name in _SETTINGS}
