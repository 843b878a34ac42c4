"""A client that reads slowly keeps nothing from others: no lane, and not all of the memory."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.signals import request_finished
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path
from pytest_django import Settings

from asgi_serving.handler.handler import Handler
from asgi_serving.handler.lanes import Lanes
from asgi_serving.server.slow_readers import SlowReaders
from tests.serving.exchange import ask
from tests.serving.server import Server, gunicorn, wait_for

DEADLINE = 60
called: list[str] = []
read: list[int] = []


class CountedFile(BytesIO):
    """A file that knows how often it was read."""

    def read(self, size: int | None = -1) -> bytes:
        read.append(1)
        return super().read(size)


def whole(request: HttpRequest) -> HttpResponse:
    return HttpResponse("whole")


async def stream(request: HttpRequest) -> StreamingHttpResponse:
    await sync_to_async(called.append)("view")

    async def parts() -> AsyncIterator[str]:
        yield "first"
        await sync_to_async(called.append)("stream")
        yield "second"

    return StreamingHttpResponse(parts())


def synchronous_stream(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(iter(["first", "second"]))


def file(request: HttpRequest) -> FileResponse:
    return FileResponse(CountedFile(b"0123456789" * 100_000))


urlpatterns = [
    path("whole/", whole),
    path("stream/", stream),
    path("synchronous-stream/", synchronous_stream),
    path("file/", file),
]


@pytest.fixture(autouse=True)
def site(settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__
    called.clear()
    read.clear()


class Client:
    """Asks for a page and takes each message of the answer only when it is told to."""

    def __init__(self, handler: Handler, page: str) -> None:
        self.messages: list[Any] = []
        self.offered = asyncio.Event()
        self.takes = asyncio.Event()
        self.gone = asyncio.Event()
        self.body_sent = False
        headers = [(b"host", b"testserver")]
        scope: dict[str, Any] = {"type": "http", "method": "GET", "path": page, "headers": headers}
        scope["query_string"] = b""
        self.task = asyncio.create_task(handler(scope, self._receive, self._send))

    async def _receive(self) -> Any:
        if not self.body_sent:
            self.body_sent = True
            return {"type": "http.request"}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        self.offered.set()
        await self.takes.wait()
        self.messages.append(message)

    async def take_all(self) -> bytes:
        self.takes.set()
        async with asyncio.timeout(DEADLINE):
            await self.task
        return b"".join(message.get("body", b"") for message in self.messages)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition that a lane brings about."""
    async with asyncio.timeout(DEADLINE):
        while not condition():  # noqa: ASYNC110  # a thread cannot set an asyncio.Event
            await asyncio.sleep(0.005)


def another_receiver(**named: Any) -> None:
    """Be told of the end of a request, as a package might."""


@pytest.fixture(params=[False, True], ids=["django-alone", "other-receivers"])
def receivers(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whether somebody else has connected a receiver to the end of requests."""
    if request.param:
        request_finished.connect(another_receiver)
    yield
    request_finished.disconnect(another_receiver)


async def test_whole_answer_is_sent_without_a_lane() -> None:
    handler = Handler(Lanes(1, 0, DEADLINE))
    slow = Client(handler, "/whole/")
    await slow.offered.wait()
    await until(lambda: handler.lanes.busy == 0)
    assert (await ask(handler, "/whole/")).body == b"whole"
    assert await slow.take_all() == b"whole"


@pytest.mark.usefixtures("receivers")
async def test_stream_holds_no_lane_and_takes_one_for_each_call() -> None:
    handler = Handler(Lanes(1, 0, DEADLINE))
    slow = Client(handler, "/stream/")
    await slow.offered.wait()
    await until(lambda: handler.lanes.busy == 0)
    assert called == ["view"]
    assert (await ask(handler, "/whole/")).body == b"whole"
    assert await slow.take_all() == b"firstsecond"
    assert called == ["view", "stream"]
    await until(lambda: handler.lanes.busy == handler.lanes.waiting == 0)


@pytest.mark.usefixtures("receivers")
async def test_synchronous_stream_is_read_on_its_lane_and_sent_without() -> None:
    handler = Handler(Lanes(1, 0, DEADLINE))
    slow = Client(handler, "/synchronous-stream/")
    await slow.offered.wait()
    slow.offered.clear()
    slow.takes.set()
    await slow.offered.wait()
    await until(lambda: handler.lanes.busy == 0)
    assert await slow.take_all() == b"firstsecond"


async def test_file_is_read_no_faster_than_it_is_taken() -> None:
    handler = Handler(Lanes(1, 0, DEADLINE))
    slow = Client(handler, "/file/")
    await slow.offered.wait()
    await until(lambda: handler.lanes.busy == 0)
    assert len(read) <= 1
    assert len(await slow.take_all()) == 1_000_000
    assert len(read) > 10


class Transport:
    """A connection on which so many bytes wait."""

    def __init__(self, unread: int) -> None:
        self.transport = self
        self.unread = unread
        self.aborted = False

    def get_write_buffer_size(self) -> int:
        return self.unread

    def abort(self) -> None:
        self.aborted = True


def cut_off_of(*connections: Transport) -> list[Transport]:
    return [connection for connection in connections if connection.aborted]


def test_client_that_takes_nothing_is_cut_off_and_one_that_is_slow_is_not() -> None:
    readers = SlowReaders(timeout=60, limit=10_000)
    stuck, slow, idle = (Transport(unread) for unread in (100, 100, 0))
    for now in range(60):
        slow.unread -= 1
        readers.look([stuck, slow, idle], now)
    assert cut_off_of(stuck, slow, idle) == []
    readers.look([stuck, slow, idle], 60)
    assert cut_off_of(stuck, slow, idle) == [stuck]


def test_those_who_leave_most_for_longest_are_cut_off_when_all_leave_too_much() -> None:
    readers = SlowReaders(timeout=60, limit=1000)
    patient = Transport(50)
    hoarder, late = Transport(800), Transport(600)
    readers.look([patient, hoarder], 0)
    readers.look([patient, hoarder], 5)
    readers.look([patient, hoarder, late], 10)
    assert cut_off_of(patient, hoarder, late) == [hoarder]


@pytest.fixture(scope="module")
def impatient(
    production: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server with two lanes that waits a second for slow readers."""
    narrow = {"LANES": "2", "LANES_QUEUE": "0", "SEND_TIMEOUT": "1", "WEB_CONCURRENCY": "1"}
    with gunicorn(tmp_path_factory.mktemp("impatient"), {**production, **narrow}) as running:
        yield running


def test_clients_that_read_nothing_do_not_keep_others_waiting(
    impatient: Server, tmp_path: Path
) -> None:
    clients = []
    for _ in range(10):
        client = socket.create_connection(("127.0.0.1", impatient.port))
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.sendall(
            b"GET /pages/body/20000000/ HTTP/1.1\r\n"
            b"Host: testserver\r\nX-Forwarded-Proto: https\r\n\r\n"
        )
        clients.append(client)
    assert impatient.client.get("/pages/thread/").status_code == 200
    wait_for(lambda: len(cut_off(impatient)) == len(clients) or None, impatient)
    for client in clients:
        client.close()


def cut_off(server: Server) -> list[str]:
    return [m for line in server.lines() if "so it is disconnected" in (m := line["message"])]
