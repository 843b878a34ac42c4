"""Sentry: errors, and traces of a part of the requests."""

import logging
from typing import Any, override

import sentry_sdk
from django.core.exceptions import ImproperlyConfigured
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.transport import HttpTransport
from sentry_sdk.utils import BadDsn

from asgi_serving.settings import ServingSettings
from asgi_serving.telemetry.outage import Outage

FLUSH_WITHIN = 2.0
"""How long a process that ends may take to send what is left, in seconds."""

outage = Outage("Sentry", "SENTRY_DSN")


def start_sentry(chosen: ServingSettings) -> None:
    """Let Sentry watch over this process. Nothing that tells who a visitor is goes there.

    Raises ImproperlyConfigured: SENTRY_DSN or the rate is none.
    """
    if chosen.sentry_traces_sample_rate > 1:
        raise ImproperlyConfigured("SENTRY_TRACES_SAMPLE_RATE must be a number from 0 to 1")
    logging.getLogger("urllib3.connectionpool").addFilter(_is_not_ours)
    try:
        sentry_sdk.init(
            dsn=chosen.sentry_dsn,
            environment=chosen.sentry_environment,
            release=chosen.sentry_release or None,
            traces_sample_rate=chosen.sentry_traces_sample_rate or None,
            send_default_pii=False,
            shutdown_timeout=FLUSH_WITHIN,
            transport=Transport,
            integrations=[AtexitIntegration(callback=_say_nothing)],
        )
    except BadDsn:
        # The DSN holds a key.
        raise ImproperlyConfigured("SENTRY_DSN must be like https://KEY@HOST/NUMBER") from None


class Transport(HttpTransport):
    """Sentry's own, which tells in one line that nothing arrives."""

    @override
    def on_dropped_event(self, _reason: str) -> None:
        outage.begins(_reason)


def _is_not_ours(record: logging.LogRecord) -> bool:
    """Leave out a line for each attempt to reach Sentry."""
    return "sentry" not in (record.threadName or "")


def _say_nothing(*_: Any) -> None:
    """Leave standard error to the log."""
