"""A request to an ASGI application in this process, and what came back."""

import asyncio
from collections.abc import Mapping
from typing import NamedTuple

from asgi_serving.types import Application, Message


class Answer(NamedTuple):
    """All that a client sees of a response."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


async def ask(  # noqa: PLR0913  # a request has as many parts
    application: Application,
    path: str = "/",
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    scheme: str = "http",
) -> Answer:
    """Send a request, and stay until all of the answer has come."""
    given = {"host": "testserver", "content-length": str(len(body)), **(headers or {})}
    name, _, query = path.partition("?")
    scope = {
        "type": "http",
        "http_version": "1.1",
        "asgi": {"version": "3.0"},
        "method": method,
        "scheme": scheme,
        "path": name,
        "raw_path": name.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(key.lower().encode(), value.encode()) for key, value in given.items()],
        "client": ("127.0.0.1", 1234),
        "server": ("testserver", 443 if scheme == "https" else 80),
    }
    requests = [{"type": "http.request", "body": body, "more_body": False}]
    responses: list[Message] = []

    async def receive() -> Message:
        if requests:
            return requests.pop()
        await asyncio.Event().wait()  # the client stays
        raise AssertionError

    async def send(message: Message) -> None:
        responses.append(message)

    await application(scope, receive, send)
    start, *rest = responses
    content = b"".join(message.get("body", b"") for message in rest)
    return Answer(start["status"], sorted(start["headers"]), content)
