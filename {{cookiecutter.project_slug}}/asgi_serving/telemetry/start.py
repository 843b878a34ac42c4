"""Starts in each process what the settings ask for, and ends it there."""

import atexit
import sys
import threading
from collections.abc import Callable
from typing import Final

from django.core.exceptions import ImproperlyConfigured
from django.core.management import get_commands

from asgi_serving.settings import ServingSettings, serving_settings
from asgi_serving.types import Application

FLUSH_WITHIN: Final = 2.0
"""How long the last reports of a process may take to be sent, in seconds.

It is what the drain of a worker leaves of GUNICORN_GRACEFUL_TIMEOUT.
"""

_stops: list[Callable[[], None]] = []


def start_telemetry() -> None:
    """Start Sentry and OpenTelemetry, each if its setting names where it reports to.

    Raises ImproperlyConfigured: what a setting names cannot be used, or a package is missing.
    """
    chosen = serving_settings()
    try:
        _start(chosen)
    except ModuleNotFoundError as error:
        raise ImproperlyConfigured(
            f"ASGI_SERVING has SENTRY_DSN or OTEL_EXPORTER_OTLP_ENDPOINT, and {error.name} is not "
            "installed: see asgi_serving/pyproject.toml for what they need"
        ) from None


def _start(chosen: ServingSettings) -> None:
    if chosen.sentry_dsn:
        from asgi_serving.telemetry.sentry import start_sentry  # noqa: PLC0415  # if asked for

        start_sentry(chosen)
    if chosen.otel_exporter_otlp_endpoint and not _stops and not _is_command_of_django():
        from asgi_serving.telemetry.otlp import start_opentelemetry  # noqa: PLC0415  # if asked for

        _stops.append(_within_limit(start_opentelemetry(chosen)))
        atexit.register(stop_telemetry)


def _is_command_of_django() -> bool:
    """Whether this process is `migrate` or the like: it is over soon, and often without a network."""
    name = next(iter(sys.argv[1:2]), "")
    return get_commands().get(name, "").startswith("django.")


def stop_telemetry() -> None:
    """Send what is left, and wait for that no longer than `FLUSH_WITHIN`; only the first time counts."""
    for stop in _stops:
        stop()


def _within_limit(stop: Callable[[], None]) -> Callable[[], None]:
    """Return the same, which is not waited for any longer than `FLUSH_WITHIN`.

    A thread does it that is there from the start: a process that ends may start none.
    """
    ends = threading.Event()

    def stop_when_asked() -> None:
        ends.wait()
        stop()

    thread = threading.Thread(target=stop_when_asked, name="sends the last reports", daemon=True)
    thread.start()

    def stop_within_limit() -> None:
        ends.set()
        thread.join(FLUSH_WITHIN)

    return stop_within_limit


def observed(application: Application) -> Application:
    """Return the application with a span and a duration for each request, if they go anywhere."""
    if not _stops:
        return application
    from asgi_serving.telemetry import log_records, requests  # noqa: PLC0415  # if asked for

    log_records.add_handler()
    return requests.Requests(application)
