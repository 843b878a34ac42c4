"""Logs: one record a line on standard output, JSON for machines or text for people.

Django, Gunicorn and Uvicorn share this configuration. Nothing here needs Django, because
Gunicorn's master reads it too.
"""

import json
import logging
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final, override

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request being answered, empty outside of one."""

trace_ids: Callable[[], dict[str, str]] = dict
"""Returns `trace_id` and `span_id` of the code at hand, once OpenTelemetry has put its own here."""

ALREADY_THERE: Final = {
    *logging.makeLogRecord({}).__dict__,
    "message",
    "asctime",
    "access",  # by its entries
    "color_message",  # Uvicorn's message once more
    "request",  # Django's, whose query may hold secrets
}
"""Attributes of a record that are no `extra`, or are of no use in a line."""


class JsonFormatter(logging.Formatter):
    """One JSON object a line; a traceback is a string within it.

    What `extra` named is an entry of its own, unless the line has one of that name already; what
    is no JSON is there as its `str`.
    """

    @override
    def format(self, record: logging.LogRecord) -> str:
        """Return the record with its time in UTC, the request's id and what `extra` named."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **ids(),
            **getattr(record, "access", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        if record.stack_info:
            line["stack"] = self.formatStack(record.stack_info)
        for name, value in details(record).items():
            line.setdefault(name, value)
        return printable(json.dumps(line, ensure_ascii=False, default=str, skipkeys=True))


class TextFormatter(logging.Formatter):
    """A line that a person reads while developing."""

    def __init__(self) -> None:
        """Set the columns: time, level, logger, message."""
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%H:%M:%S")

    @override
    def formatMessage(self, record: logging.LogRecord) -> str:
        """Return the line, with the ids of request and trace at its end."""
        return " ".join(
            [super().formatMessage(record), *(f"{name}={value}" for name, value in ids().items())]
        )

    @override
    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and the lines of a traceback."""
        return printable(super().format(record), keep="\n\t")


def ids() -> dict[str, str]:
    """Return what the lines of one request have in common, by the names of their entries."""
    identifier = request_id.get()
    return ({"request_id": identifier} if identifier else {}) | trace_ids()


def details(record: logging.LogRecord) -> dict[Any, Any]:
    """Return what was logged besides the message, by its names."""
    return {name: value for name, value in record.__dict__.items() if name not in ALREADY_THERE}


def printable(text: str, keep: str = "") -> str:
    r"""Return the text with what no eye sees as JSON writes it, such as `\u202e`.

    Control characters could move a terminal's cursor, separators could start another line, and
    marks of direction could show the letters in another order.

    keep: characters to leave as they are.
    """
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() or each in keep else json.dumps(each)[1:-1] for each in text
    )


def logging_config(*, level: str, form: str) -> dict[str, Any]:
    """Return what `logging.config.dictConfig` takes.

    level: the name of the least important level that is written.
    form: "json" or "text".
    """
    console = {"handlers": ["console"], "propagate": False}
    return {
        "version": 1,
        # True, which is also the default, would silence the server's own loggers.
        "disable_existing_loggers": False,
        "formatters": {
            "json": {"()": "asgi_serving.logs.JsonFormatter"},
            "text": {"()": "asgi_serving.logs.TextFormatter"},
        },
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stdout",
                "formatter": form,
            },
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django": {**console, "level": level},
            "gunicorn.error": {**console, "level": level},
            "uvicorn.error": {**console, "level": level},
            # It counts every changed file, the database among them.
            "watchfiles": {"level": "WARNING"},
        },
    }
