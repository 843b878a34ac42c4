"""Will the lines of the server be seen?"""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage

from asgi_serving.checks.finding import Finding
from asgi_serving.checks.project_settings import mapping

SERVER_LOGGERS = ("gunicorn.error", "uvicorn.error")

SILENCED = Finding(
    "asgi_serving.W032",
    "LOGGING {how} disable_existing_loggers, so the workers' own lines vanish: errors of the "
    "server, its start and its stop ({loggers}).",
    'Set "disable_existing_loggers": False in LOGGING.',
    'LOGGING = {"version": 1, "handlers": ...}',
    "logging.config.dictConfig disables loggers that it does not name; that is its default.",
    when="--deploy",
)


def check_loggers(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Look for server loggers that Django's configuration of logging would disable."""
    if getattr(settings, "LOGGING_CONFIG", None) != "logging.config.dictConfig":
        return []  # what it makes of LOGGING is unknown
    config = mapping(getattr(settings, "LOGGING", None))
    if not config or config.get("incremental"):
        return []
    if not config.get("disable_existing_loggers", True):
        return []
    named = mapping(config.get("loggers"))
    disabled = [
        logger
        for logger in SERVER_LOGGERS
        # The children of a logger that is named stay as they are.
        if logger not in named and logger.partition(".")[0] not in named
    ]
    how = "leaves out" if "disable_existing_loggers" not in config else "turns on"
    return [SILENCED.message(how=how, loggers=", ".join(disabled))] if disabled else []
