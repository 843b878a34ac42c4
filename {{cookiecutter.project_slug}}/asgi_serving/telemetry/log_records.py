"""The lines of the log: sent to the collector, and named after the trace that they belong to."""

import logging
from typing import override

from django.conf import settings
from opentelemetry import trace
from opentelemetry._logs import LogRecord
from opentelemetry.instrumentation.log_utils import std_to_otel
from opentelemetry.sdk._logs import LoggerProvider

from asgi_serving import logs


class Handler(logging.Handler):
    """Sends the entries of a line of JSON."""

    def __init__(self, loggers: LoggerProvider) -> None:
        """Send to this provider."""
        super().__init__()
        self.loggers = loggers

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Hand a record on; it is sent later, by another thread."""
        attributes = getattr(record, "access", {}) | _plain(logs.details(record))
        if identifier := logs.request_id.get():
            attributes["request_id"] = identifier
        self.loggers.get_logger(record.name).emit(
            LogRecord(
                timestamp=int(record.created * 1e9),
                severity_text=record.levelname,
                severity_number=std_to_otel(record.levelno),
                body=record.getMessage(),
                attributes=attributes,
                exception=record.exc_info[1] if record.exc_info else None,
            )
        )


def _plain(details: dict[object, object]) -> dict[str, object]:
    """Return what `extra` named, as far as the protocol has it, and the rest as its `str`."""
    return {
        str(name): value if isinstance(value, bool | int | float | str) else str(value)
        for name, value in details.items()
    }


_handlers: list[Handler] = []


def send_to(loggers: LoggerProvider) -> None:
    """Send what is logged, beside writing it."""
    _handlers.append(Handler(loggers))
    add_handler()


def add_handler() -> None:
    """Add the handler to each logger that has its own; also after Django has taken it away.

    Whoever calls `django.setup` once more, as `get_asgi_application` does, sets up the log anew.
    """
    for name in ("", *settings.LOGGING.get("loggers", {})):
        logger = logging.getLogger(name)
        if not name or not logger.propagate:
            for handler in _handlers:
                logger.addHandler(handler)


def name_traces() -> None:
    """Write the ids of trace and span into each line."""
    logs.trace_ids = trace_ids


def trace_ids() -> dict[str, str]:
    """Return the ids of the span that the code at hand is a part of, as OpenTelemetry writes them."""
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return {}
    return {
        "trace_id": trace.format_trace_id(context.trace_id),
        "span_id": trace.format_span_id(context.span_id),
    }
