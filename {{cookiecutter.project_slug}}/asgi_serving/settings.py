"""The settings of this library: one dictionary, `ASGI_SERVING`, in which nothing is required."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.dispatch import receiver


class InvalidSettings(ImproperlyConfigured):
    """An entry of `ASGI_SERVING` has the wrong type or an impossible value."""


def _setting(default: Any, meaning: str, **variable: Any) -> Any:
    """Return an entry; `variable` is what its environment variable has besides."""
    return field(default=default, metadata={"meaning": meaning, **variable})


@dataclass(frozen=True)
class ServingSettings:
    """The entries of `ASGI_SERVING`, by their names in small letters."""

    lanes: int = _setting(
        10,
        "Threads of each worker for synchronous code; 0 leaves requests to Django's own handler.",
    )
    lanes_queue: int = _setting(
        1000, "Requests of each worker that may wait for a lane; more are answered 503."
    )
    lanes_wait: float = _setting(
        10.0, "How long a request waits for a lane before it is answered 503, in seconds."
    )
    lanes_reuse: bool = _setting(
        True,
        "A thread serves one request after another; off, each has a new one, for "
        "packages that leave a visitor's data in it.",
    )
    database_session_reset: bool = _setting(
        True,
        "What a request set in a PostgreSQL session, such as a role, is undone before the next "
        "one uses it.",
    )
    websocket_routes: str = _setting(
        "",
        "Dotted name of a dictionary: for each path the ASGI application of its WebSockets.",
    )
    websocket_max_size: int = _setting(
        256 * 1024,
        "Most bytes of a message of a WebSocket; a larger one ends it with 1009.",
    )
    websockets: int = _setting(1000, "WebSockets of each worker at a time; more are refused.")
    websockets_per_visitor: int = _setting(
        100, "WebSockets of each worker and address, or /64 of IPv6; more are refused."
    )
    body_memory: int = _setting(
        64 * 1024 * 1024,
        "Bytes of memory for bodies that are still arriving at a worker; more wait, then are "
        "answered 503.",
    )
    body_timeout: float = _setting(
        20.0,
        "How long a body may pause, in seconds, and how long all of it may take, with a second "
        "more for each 4 KiB; a later one is answered 408.",
    )
    send_timeout: float = _setting(
        60.0, "How long a client may take nothing of its answer before it is cut off, in seconds."
    )
    unread_memory: int = _setting(
        128 * 1024 * 1024,
        "Bytes of answers that may wait in a worker for clients to read them; past that the "
        "slowest are cut off.",
    )
    check_at_start: bool = _setting(
        True,
        "A worker refuses to start when a system check of the serving stack finds an error.",
    )
    stop_grace_period: int = _setting(
        0,
        "How long a container may take to stop before it is killed, in seconds; the checks compare "
        "with it. 0 if that is unknown.",
    )
    database_statement_timeout: int = _setting(
        0,
        "How long PostgreSQL works on one statement for a process that serves, in seconds; other "
        "commands have no limit. 0 sets none, as PgBouncer needs.",
    )
    database_connections: int = _setting(
        0,
        "Connections that the database server grants to this site; the checks compare with it. 0 "
        "if that is unknown.",
    )
    sentry_dsn: str = _setting(
        "",
        "Where errors are reported: https://KEY@HOST/NUMBER of Sentry, or of what speaks as it does.",
        secret=True,
        choices=("https://", "http://"),
        extras={"": "sentry"},
    )
    sentry_environment: str = _setting("production", "What reports to Sentry: production, staging.")
    sentry_release: str = _setting("", "The version that reports to Sentry.")
    sentry_traces_sample_rate: float = _setting(
        0.0, "The part of all requests that Sentry gets a trace of, from 0 to 1; errors all arrive."
    )
    otel_exporter_otlp_endpoint: str = _setting(
        "",
        "A collector of OpenTelemetry for traces, metrics and logs, by HTTP: http://HOST:4318.",
        choices=("https://", "http://"),
        extras={"": "opentelemetry"},
    )
    otel_exporter_otlp_headers: str = _setting(
        "", "What the collector knows this site by: NAME=VALUE,NAME=VALUE.", secret=True
    )
    otel_service_name: str = _setting("", "The name of this site at the collector.")


def serving_settings() -> ServingSettings:
    """Return the settings; an entry that is wrong has its default, see `problems`."""
    return _read()[0]


def problems() -> tuple[str, ...]:
    """Return a text for each entry of `ASGI_SERVING` that cannot be used."""
    return _read()[1]


def unknown() -> Iterator[tuple[str, str]]:
    """Yield each entry of `ASGI_SERVING` that has no meaning, and the name that it is near to."""
    given = getattr(settings, "ASGI_SERVING", {})
    known = [each.name.upper() for each in fields(ServingSettings)]
    for name in given if isinstance(given, dict) else ():
        if name not in known:
            yield str(name), next(iter(get_close_matches(str(name), known, 1)), "")


def require_valid() -> None:
    """Raise InvalidSettings, one line, when an entry of `ASGI_SERVING` cannot be used."""
    if found := problems():
        raise InvalidSettings("; ".join(found))


@lru_cache(maxsize=1)
def _read() -> tuple[ServingSettings, tuple[str, ...]]:
    given = getattr(settings, "ASGI_SERVING", {})
    if not isinstance(given, dict):
        return ServingSettings(), (f"ASGI_SERVING must be a dict, not {given!r}",)
    values, found = {}, []
    for each in fields(ServingSettings):
        name = each.name.upper()
        if name not in given:
            continue
        if wanted := _why_not(given[name], type(each.default)):
            found.append(f"ASGI_SERVING[{name!r}] must be {wanted}, not {given[name]!r}")
        else:
            values[each.name] = given[name]
    return ServingSettings(**values), tuple(found)


def _why_not(value: Any, kind: type) -> str:
    """Return what a value should have been, or "" if it is that."""
    if kind is bool:
        return "" if isinstance(value, bool) else "True or False"
    if kind is str:
        return "" if isinstance(value, str) else "a string"
    whole = "a whole number" if kind is int else "a number"
    allowed = (int,) if kind is int else (int, float)
    if isinstance(value, bool) or not isinstance(value, allowed) or not value >= 0:
        return f"{whole}, 0 or more"
    return ""


@receiver(setting_changed)
def _forget(*, setting: str, **kwargs: Any) -> None:
    if setting == "ASGI_SERVING":
        _read.cache_clear()
