"""What requests can count on under the server: threads, turns, files, and an end."""

import asyncio
import hashlib
import resource
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.serving.server import Server, gunicorn, wait_for

HEADERS = "Host: testserver\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n"
REQUESTS = 1000


@pytest.fixture(scope="module")
def one_lane(
    production: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server with one lane, for which no request may wait."""
    narrow = {"LANES": "1", "LANES_QUEUE": "0", "LANES_WAIT": "7", "WEB_CONCURRENCY": "1"}
    with gunicorn(tmp_path_factory.mktemp("one-lane"), {**production, **narrow}) as running:
        yield running


@pytest.mark.parametrize("page", ["/pages/thread/", "/pages/thread/async/"])
def test_queries_run_on_the_thread_of_the_request(server: Server, page: str) -> None:
    threads = server.client.get(page).json()
    assert threads["view"].startswith("lane-")
    assert threads["connection"] == [threads["view"]]


def test_upload_on_disk_is_whole_and_then_deleted(server: Server) -> None:
    content = bytes(range(256)) * 12_000
    stored = server.client.post("/pages/upload/", files={"file": content}).json()
    assert stored["digest"] == hashlib.sha256(content).hexdigest()
    assert wait_for(lambda: not Path(stored["spilled"]).exists(), server)


def test_many_requests_at_a_time_are_all_answered(server: Server) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4 * REQUESTS), hard))

    async def get(number: int) -> tuple[str, str]:
        kind = "async/" if number % 2 else ""
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        line = f"GET /pages/number/{kind}{number}/ HTTP/1.1\r\n"
        writer.write((line + HEADERS).encode())
        head, _, body = (await reader.read()).decode().partition("\r\n\r\n")
        writer.close()
        return head.split(" ", 2)[1], body

    async def all_at_once() -> list[tuple[str, str]]:
        async with asyncio.timeout(30):
            return await asyncio.gather(*map(get, range(REQUESTS)))

    assert asyncio.run(all_at_once()) == [("200", str(number)) for number in range(REQUESTS)]


def test_full_lanes_refuse_a_synchronous_page_and_not_an_asynchronous_one(
    one_lane: Server,
) -> None:
    with ThreadPoolExecutor(1) as executor:
        held = executor.submit(one_lane.client.get, "/pages/hold/")
        one_lane.line_with("The held page has begun")
        refused = one_lane.client.get("/pages/plain/")
        assert one_lane.client.get("/pages/release/").text == "released"
        assert held.result().text == "held"
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "7")


def test_client_that_leaves_cancels_its_page_and_frees_the_lane(one_lane: Server) -> None:
    with socket.create_connection(("127.0.0.1", one_lane.port)) as client:
        client.sendall(f"GET /pages/patient/ HTTP/1.1\r\n{HEADERS}".encode())
        one_lane.line_with("The patient page has begun")
        assert one_lane.client.get("/pages/plain/").status_code == 503
    one_lane.line_with("The patient page was cancelled")
    assert wait_for(lambda: one_lane.client.get("/pages/plain/").is_success, one_lane)
