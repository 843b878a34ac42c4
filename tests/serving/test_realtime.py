"""WebSockets and streams of events on real Gunicorn: who they are for, and how they end."""

import asyncio
import json
import re
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import psutil
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import CloseCode

from tests.serving.drain import starts, wait_until, workers
from tests.serving.server import DEADLINE, Server, gunicorn
from tests.serving.valkey import running
from tests.serving.visitors import event, heard, logged_in, visitor, websocket


@pytest.fixture(scope="module")
def cookie(production: dict[str, str]) -> str:
    """The cookie of somebody who is logged in."""
    return logged_in(production)


@pytest.fixture(scope="module")
def site(production: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One worker with one lane: whatever holds it would hold up all others."""
    env = {**production, "WEB_CONCURRENCY": "1", "LANES": "1"}
    with gunicorn(tmp_path_factory.mktemp("realtime"), env) as server:
        yield server


async def test_websocket_knows_who_is_logged_in(site: Server, cookie: str) -> None:
    async with websocket(site, "/ws/chat/one/", f"theme=dark; {cookie}") as opened:
        assert await heard(opened) == "ada@example.com"
        await opened.send("hello")
        assert await heard(opened) == {"said": "hello"}


@pytest.mark.parametrize("cookie", ["", "__Host-sessionid=absent", "__Host-sessionid=no key"])
async def test_others_are_refused_or_let_in_as_nobody(site: Server, cookie: str) -> None:
    with pytest.raises(InvalidStatus) as refusal:
        async with websocket(site, "/ws/chat/one/", cookie):
            pass
    assert refusal.value.response.status_code == 403
    site.line_with("Refused a WebSocket to '/ws/chat/one/': its visitor is not logged in")
    async with websocket(site, "/ws/open-chat/one/", cookie) as opened:
        assert await heard(opened) == "AnonymousUser"


async def test_page_of_another_site_is_refused_though_the_browser_sends_the_cookie(
    site: Server, cookie: str
) -> None:
    with pytest.raises(InvalidStatus) as refusal:
        async with websocket(site, "/ws/chat/one/", cookie, origin="https://evil.example"):
            pass
    assert refusal.value.response.status_code == 403
    async with websocket(site, "/ws/chat/one/", cookie, origin=None) as opened:
        assert await heard(opened) == "ada@example.com"


async def test_neither_sockets_nor_streams_hold_the_one_lane(site: Server, cookie: str) -> None:
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(visitor(site, cookie))
        streams = []
        for _ in range(30):
            opened = await stack.enter_async_context(websocket(site, "/ws/chat/all/", cookie))
            assert await heard(opened) == "ada@example.com"
            page = client.stream("GET", "/realtime/notifications/all/")
            lines = (await stack.enter_async_context(page)).aiter_lines()
            assert (await event(lines))["event"] == "hello"
            streams.append(lines)
        assert (await client.get("/pages/plain/")).status_code == 200
        assert (await client.post("/realtime/tell/all/", json={"number": 1})).status_code == 200
        for lines in streams:
            assert await event(lines) == {"id": "1", "data": '{"number": 1}'}


async def test_stream_tells_the_visitors_own_and_goes_on_where_it_ended(
    site: Server, cookie: str
) -> None:
    async with visitor(site, cookie) as client:
        seen = {"Last-Event-ID": "17"}
        async with client.stream("GET", "/realtime/notifications/own/", headers=seen) as response:
            lines = response.aiter_lines()
            first = await event(lines)
            assert re.fullmatch(r"\d{4}", first["retry"])
            assert json.loads(first["data"]) == {"user": "ada@example.com", "seen": "17"}
            for number, page in enumerate(("tell", "tell-async"), 18):
                told = {"number": number, "text": "a\nb"}
                await client.post(f"/realtime/{page}/own/", json=told)
                came = await event(lines)
                assert (came["id"], json.loads(came["data"])) == (str(number), told)


@pytest.fixture
def two_workers(production: dict[str, str], tmp_path: Path) -> Iterator[Server]:
    """Two workers, with one Valkey between them."""
    with running() as valkey:
        env = {**production, "CACHE_URL": valkey.url, "WEB_CONCURRENCY": "2"}
        with gunicorn(tmp_path, env) as server:
            wait_until(lambda: starts(server) == 2)
            yield server


async def until_closed(opened: ClientConnection) -> int:
    """Return the code with which a server closes a WebSocket."""
    async with asyncio.timeout(DEADLINE):
        try:
            while True:
                await opened.recv()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 0


async def until_ended(lines: AsyncIterator[str]) -> None:
    """Read a stream to its end, which is no error: nothing is missing."""
    async for _ in lines:
        pass


async def connected(
    stack: AsyncExitStack, server: Server, cookie: str
) -> tuple[list[ClientConnection], list[AsyncIterator[str]]]:
    """Open a hundred WebSockets and a hundred streams, all of which work."""
    client = await stack.enter_async_context(visitor(server, cookie))
    sockets, streams = [], []
    for _ in range(100):
        opened = await stack.enter_async_context(websocket(server, "/ws/chat/all/", cookie))
        assert await heard(opened) == "ada@example.com"
        sockets.append(opened)
        page = client.stream("GET", "/realtime/notifications/chat-all/")
        lines = (await stack.enter_async_context(page)).aiter_lines()
        assert (await event(lines))["event"] == "hello"
        streams.append(lines)
    told = {"number": len(sockets)}
    await client.post("/realtime/tell/chat-all/", json=told)
    for opened in sockets:
        assert await heard(opened) == told
    for lines in streams:
        assert json.loads((await event(lines))["data"]) == told
    return sockets, streams


async def test_reload_ends_all_and_new_workers_have_them_again(
    two_workers: Server, cookie: str
) -> None:
    old = workers(two_workers.process.pid)
    async with AsyncExitStack() as stack:
        sockets, streams = await connected(stack, two_workers, cookie)
        shares = [len(psutil.Process(worker).net_connections("tcp")) for worker in old]
        assert min(shares) > 2, "one worker has them all"
        two_workers.process.send_signal(signal.SIGHUP)
        codes = await asyncio.gather(*map(until_closed, sockets))
        assert set(codes) == {CloseCode.SERVICE_RESTART}
        await asyncio.gather(*map(until_ended, streams))
        await asyncio.to_thread(wait_until, lambda: not old & workers(two_workers.process.pid))
    async with AsyncExitStack() as stack:
        await connected(stack, two_workers, cookie)
    told = [
        line["message"] for line in two_workers.lines() if line["level"] in {"ERROR", "WARNING"}
    ]
    assert told == []
