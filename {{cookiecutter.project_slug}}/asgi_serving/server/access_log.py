"""Gunicorn's access log: where `accesslog` asks for one, each request has its line there."""

import logging
from typing import override
from urllib.parse import quote

from gunicorn.glogging import Logger

from asgi_serving.application.access_log import logger as requests


class AccessLogHandler(logging.Handler):
    """Writes a request to Gunicorn's access log, in the Common Log Format but for the version of HTTP.

    https://httpd.apache.org/docs/2.4/logs.html#common
    """

    def __init__(self, log: Logger) -> None:
        """Write to this one."""
        super().__init__(logging.INFO)
        self.log = log

    @override
    def emit(self, record: logging.LogRecord) -> None:
        request = getattr(record, "access", None)
        if request:
            self.log.access_log.info(
                '%s - - %s "%s %s" %d %d', request["client"] or "-", self.log.now(),
                request["method"], quote(request["path"]), request["status"], request["bytes"],
            )  # fmt: skip


def write_requests_to(log: Logger) -> None:
    """Let requests go to Gunicorn's access log alone, if it has one, and `LOGGING` names no other place."""
    others = [each for each in requests.handlers if not isinstance(each, AccessLogHandler)]
    if others or not log.access_log.hasHandlers():
        return
    requests.handlers = [AccessLogHandler(log)]
    requests.propagate = False
    requests.setLevel(logging.INFO)
