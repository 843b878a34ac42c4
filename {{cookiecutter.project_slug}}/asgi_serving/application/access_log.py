"""The access log: a line for each request, and the id that its other lines share."""

import logging
import random
import re
from time import perf_counter

from asgi_serving.logs import request_id
from asgi_serving.types import Application, Message, Receive, Scope, Send

logger = logging.getLogger("asgi_serving.access")

ACCEPTED_ID = re.compile(rb"[\w.-]{1,128}", re.ASCII)
"""An id that a proxy sent is kept if it is a plain word: it ends up in logs and headers."""

CLIENT_CLOSED_REQUEST = 499
"""The status that is logged when the client left before the answer, as nginx has it."""


class AccessLog:
    """ASGI application around another one, for HTTP."""

    def __init__(self, application: Application) -> None:
        """Log the requests to this application."""
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the request's id in `X-Request-ID`, then write its line."""
        started = perf_counter()
        identifier = _request_id(scope)
        request_id.set(identifier)
        status = size = 0

        async def send_and_count(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message.get("headers", ()), (b"x-request-id", identifier.encode())]
                message = {**message, "headers": headers}
            else:
                size += len(message.get("body", b""))
            await send(message)

        try:
            await self.application(scope, receive, send_and_count)
        except Exception:
            status = status or 500
            raise
        finally:
            if logger.isEnabledFor(logging.INFO):
                _write(scope, status or CLIENT_CLOSED_REQUEST, size, perf_counter() - started)


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and ACCEPTED_ID.fullmatch(value):
            return str(value, "ascii")
    return f"{random.getrandbits(128):032x}"  # an id, not a secret


def _write(scope: Scope, status: int, size: int, seconds: float) -> None:
    client = scope.get("client")
    access = {
        "method": scope["method"],
        "path": scope["path"],
        "status": status,
        "bytes": size,
        "milliseconds": round(seconds * 1000, 1),
        "client": client[0] if client else None,
    }
    logger.info(
        "%(method)s %(path)r %(status)d, %(bytes)d bytes in %(milliseconds)s ms", access,
        extra={"access": access},
    )  # fmt: skip
