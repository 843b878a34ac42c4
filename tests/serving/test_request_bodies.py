"""Bodies that are on their way: only so many bytes of them, and none that takes for ever."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from pytest_django import Settings

from asgi_serving.application.request_bodies import RequestBodies
from asgi_serving.types import Message, Receive, Scope, Send
from tests.serving.server import Server, gunicorn, wait_for

DEADLINE = 60
PART = 64 * 1024


async def store(scope: Scope, receive: Receive, send: Send) -> None:
    """Read the whole body and tell its length, as Django would."""
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size += len(message["body"])
        if not message.get("more_body"):
            break
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(size).encode()})


class Upload:
    """A client that sends a body, part by part."""

    def __init__(
        self, application: RequestBodies, size: int | None, client: str = "8.8.8.8"
    ) -> None:
        self._parts: asyncio.Queue[Message] = asyncio.Queue()
        self.answers: list[Any] = []
        length = (b"transfer-encoding", b"chunked")
        if size is not None:
            length = (b"content-length", str(size).encode())
        scope = {"type": "http", "headers": [length], "client": (client, 1234)}
        self.task = asyncio.create_task(application(scope, self._parts.get, self._send))

    async def _send(self, message: Message) -> None:
        self.answers.append(message)

    def part(self, size: int = PART, *, last: bool = False) -> None:
        self._parts.put_nowait({"type": "http.request", "body": bytes(size), "more_body": not last})

    def leave(self) -> None:
        self._parts.put_nowait({"type": "http.disconnect"})

    async def answer(self) -> tuple[int, bytes]:
        async with asyncio.timeout(DEADLINE):
            await self.task
        return self.answers[0]["status"], self.answers[1].get("body", b"")

    async def is_let_in(self) -> bool:
        """Whether the first part was read by the application, and more is waited for."""
        for _ in range(10):
            await asyncio.sleep(0)
        return not self._parts.qsize()


@pytest.fixture
def bodies(settings: Settings) -> RequestBodies:
    settings.ASGI_SERVING = {"BODY_MEMORY": 4 * PART, "LANES_WAIT": DEADLINE}
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * PART
    return RequestBodies(store)


def begun(bodies: RequestBodies, *uploads: tuple[int | None, str]) -> list[Upload]:
    """Return uploads of which a part has arrived."""
    begun = [Upload(bodies, size, client) for size, client in uploads]
    for upload in begun:
        upload.part()
        upload.part()
    return begun


async def let_in(uploads: list[Upload]) -> list[bool]:
    return [await upload.is_let_in() for upload in uploads]


async def test_bodies_past_the_memory_wait_until_others_are_answered(bodies: RequestBodies) -> None:
    sizes = [(3 * PART, f"8.8.8.{number}") for number in range(3)]
    first, second, third = begun(bodies, *sizes)
    assert await let_in([first, second, third]) == [True, True, False]
    first.part(last=True)
    assert await first.answer() == (200, str(3 * PART).encode())
    assert await third.is_let_in()
    second.leave()
    third.part(last=True)
    assert (await third.answer())[0] == 200


async def test_one_visitor_leaves_half_to_the_others(bodies: RequestBodies) -> None:
    same = [(2 * PART + 1, "8.8.8.8")] * 2
    uploads = begun(bodies, *same, (2 * PART + 1, "9.9.9.9"))
    assert await let_in(uploads) == [True, False, True]
    for upload in uploads:
        upload.leave()


async def test_what_may_be_a_proxy_is_not_one_visitor(bodies: RequestBodies) -> None:
    uploads = begun(bodies, *[(2 * PART + 1, "10.0.0.1")] * 2)
    assert await let_in(uploads) == [True, True]
    for upload in uploads:
        upload.leave()


async def test_body_without_a_size_counts_as_a_large_one(bodies: RequestBodies) -> None:
    uploads = begun(bodies, (None, "8.8.8.8"), (None, "9.9.9.9"), (None, "1.1.1.1"))
    assert await let_in(uploads) == [True, True, False]
    for upload in uploads:
        upload.leave()


@pytest.mark.parametrize("size", [0, PART])
async def test_body_that_has_arrived_is_not_counted(bodies: RequestBodies, size: int) -> None:
    begun(bodies, (3 * PART, "8.8.8.8"), (3 * PART, "9.9.9.9"))
    whole = Upload(bodies, size, "1.1.1.1")
    whole.part(size, last=True)
    assert await whole.answer() == (200, str(size).encode())


async def test_body_that_waits_in_vain_is_refused(
    bodies: RequestBodies, settings: Settings
) -> None:
    settings.ASGI_SERVING = {"BODY_MEMORY": 2 * PART, "LANES_WAIT": 0.05}
    bodies = RequestBodies(store)
    (holder,) = begun(bodies, (3 * PART, "8.8.8.8"))
    assert await holder.is_let_in()
    (refused,) = begun(bodies, (3 * PART, "9.9.9.9"))
    assert (await refused.answer())[0] == 503
    holder.part(last=True)
    assert (await holder.answer())[0] == 200


async def test_large_body_needs_room_on_the_disk(
    bodies: RequestBodies, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage:
        free = 20 * PART

    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage)
    fits, too_much = begun(bodies, (8 * PART, "8.8.8.8"), (8 * PART, "9.9.9.9"))
    assert await let_in([fits, too_much]) == [True, False]
    fits.leave()
    assert await too_much.is_let_in()
    too_much.leave()


@pytest.mark.parametrize("parts", [0, 1, 2])
async def test_body_that_does_not_come_on_is_answered_408(settings: Settings, parts: int) -> None:
    settings.ASGI_SERVING = {"BODY_TIMEOUT": 0.05}
    upload = Upload(RequestBodies(store), PART)
    for _ in range(parts):
        upload.part(10)
    assert (await upload.answer())[0] == 408


async def test_body_that_came_fast_may_not_pause_for_long(settings: Settings) -> None:
    settings.ASGI_SERVING = {"BODY_TIMEOUT": 0.05}
    upload = Upload(RequestBodies(store), 1000 * PART)
    for _ in range(999):
        upload.part()
    assert (await upload.answer())[0] == 408


async def test_answer_of_the_application_to_a_late_body_stands(settings: Settings) -> None:
    async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 413, "headers": []})
        while (await receive())["type"] == "http.request":
            pass
        await send({"type": "http.response.body", "body": b""})

    settings.ASGI_SERVING = {"BODY_TIMEOUT": 0.05}
    upload = Upload(RequestBodies(refuse), 2 * PART)
    upload.part()
    assert (await upload.answer())[0] == 413


@pytest.fixture(scope="module")
def small_server(
    production: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server that has room for few bodies, and little patience."""
    narrow = {
        "BODY_MEMORY": "10000000",
        "BODY_TIMEOUT": "1",
        "LANES_WAIT": "100",
        "WEB_CONCURRENCY": "1",
    }
    with gunicorn(tmp_path_factory.mktemp("small"), {**production, **narrow}) as running:
        yield running


def unfinished(server: Server) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", server.port))
    client.sendall(
        b"POST /pages/upload/ HTTP/1.1\r\nHost: testserver\r\nX-Forwarded-Proto: https\r\n"
        b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 2400000\r\n\r\n"
    )
    client.sendall(bytes(100_000))
    return client


def test_unfinished_uploads_leave_room_for_others(small_server: Server) -> None:
    clients = [unfinished(small_server) for _ in range(20)]
    assert small_server.client.get("/pages/plain/").text == "plain"
    stored = small_server.client.post("/pages/upload/", files={"file": bytes(3_000_000)})
    assert stored.status_code == 200
    wait_for(lambda: statuses(small_server).count(408) == len(clients) or None, small_server)
    for client in clients:
        with suppress(ConnectionResetError):
            assert b" 408 " in client.recv(1000)
        client.close()


def statuses(server: Server) -> list[int]:
    return [line["status"] for line in server.lines() if "status" in line]
