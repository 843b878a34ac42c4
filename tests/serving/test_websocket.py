"""Who may open a WebSocket, how many of them, and on which threads they work."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.db import connection
from pytest_django import Settings

from asgi_serving.application.visitors import network_of
from asgi_serving.application.websocket import WebSocketRouter, is_trusted
from asgi_serving.handler.lanes import Lanes
from asgi_serving.routing import websocket
from asgi_serving.types import Message, Receive, Scope, Send

DEADLINE = 60


@pytest.fixture(autouse=True)
def trusted_sites(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["example.com", "localhost"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://app.example.com", "https://*.partner.example"]


@pytest.mark.parametrize(
    ("scheme", "host", "origin", "trusted"),
    [
        ("wss", "example.com", "https://example.com", True),
        ("ws", "localhost:8000", "http://localhost:8000", True),
        ("wss", "example.com", "https://app.example.com", True),
        ("wss", "example.com", "https://a.partner.example", True),
        ("wss", "example.com", None, True),
        ("wss", "example.com", "http://example.com", False),
        ("wss", "example.com", "https://example.com:8443", False),
        ("wss", "example.com", "https://evil.example", False),
        ("wss", "example.com", "https://example.com.evil.example", False),
        ("wss", "example.com", "http://a.partner.example", False),
        ("wss", "example.com", "null", False),
        ("wss", "evil.example", "https://evil.example", False),
        ("wss", "evil.example", None, False),
    ],
)
def test_host_and_origin_decide(scheme: str, host: str, origin: str | None, trusted: bool) -> None:
    headers = [(b"host", host.encode())] + ([(b"origin", origin.encode())] if origin else [])
    assert is_trusted({"scheme": scheme, "headers": headers}) is trusted


class Socket:
    """A WebSocket to a router, from its client's side."""

    def __init__(self, router: WebSocketRouter, path: str, client: str = "8.8.8.8") -> None:
        self._to_server: asyncio.Queue[Message] = asyncio.Queue()
        self._to_client: asyncio.Queue[Message] = asyncio.Queue()
        self.tell({"type": "websocket.connect"})
        scope = {
            "type": "websocket",
            "scheme": "wss",
            "path": path,
            "client": (client, 1234),
            "headers": [(b"host", b"example.com"), (b"origin", b"https://example.com")],
            "extensions": {"websocket.http.response": {}},
        }
        self.task = asyncio.create_task(router(scope, self._to_server.get, self._to_client.put))

    def tell(self, message: Message) -> None:
        self._to_server.put_nowait(message)

    async def heard(self) -> Message:
        async with asyncio.timeout(DEADLINE):
            return await self._to_client.get()

    async def leave(self) -> None:
        self.tell({"type": "websocket.disconnect"})
        async with asyncio.timeout(DEADLINE):
            await self.task


async def thread_for_each(scope: Scope, receive: Receive, send: Send) -> None:
    """Accept, then answer each message with the thread of a synchronous call and its queries."""

    def work() -> str:
        get_user_model().objects.exists()
        return threading.current_thread().name

    await receive()
    await send({"type": "websocket.accept", **scope["url_route"]})
    while (await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": await sync_to_async(work)()})


routes = [websocket("rooms/<int:number>/", thread_for_each), websocket("", thread_for_each)]


async def test_what_a_path_captures_is_in_the_scope() -> None:
    socket = Socket(WebSocketRouter(routes, None), "/rooms/7/")
    accepted = await socket.heard()
    assert (accepted["type"], accepted["kwargs"]) == ("websocket.accept", {"number": 7})
    await socket.leave()


@pytest.mark.parametrize("unknown", ["/rooms/seven/", "/rooms/7", "/else/"])
async def test_path_that_is_not_there_is_not_found(unknown: str) -> None:
    refused = await Socket(WebSocketRouter(routes, None), unknown).heard()
    assert refused["type"] == "websocket.close"


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition that a lane brings about."""
    async with asyncio.timeout(DEADLINE):
        while not condition():  # noqa: ASYNC110  # a thread cannot set an asyncio.Event
            await asyncio.sleep(0.005)


@pytest.mark.usefixtures("async_db")
async def test_sockets_take_a_lane_for_each_call_and_hold_none() -> None:
    lanes = Lanes(2, 0, 1)
    router = WebSocketRouter(routes, lanes)
    sockets = [Socket(router, "/") for _ in range(20)]
    for socket in sockets:
        assert (await socket.heard())["type"] == "websocket.accept"
    for _ in range(3):
        for socket in sockets:
            socket.tell({"type": "websocket.receive", "text": "work"})
        for socket in sockets:
            assert (await socket.heard())["text"].startswith("lane-")
    await until(lambda: lanes.busy == lanes.waiting == 0)
    assert lanes.started <= 2
    for socket in sockets:
        await socket.leave()


@pytest.mark.usefixtures("async_db")
async def test_connection_that_broke_is_another_one_at_the_next_message() -> None:
    """All sockets would share one thread and its connection, for as long as the process lives."""
    broken: list[Any] = []

    async def breaking(scope: Scope, receive: Receive, send: Send) -> None:
        def use() -> None:
            connection.ensure_connection()
            broken.append(connection.connection)
            if not connection.is_in_memory_db():  # type: ignore[attr-defined]  # tests have SQLite
                connection.connection.close()

        await receive()
        await sync_to_async(use)()
        await send({"type": "websocket.accept"})
        exists = await get_user_model().objects.aexists()
        await send({"type": "websocket.send", "text": str(exists)})

    lanes = Lanes(1, 0, 1)
    socket = Socket(WebSocketRouter([websocket("", breaking)], lanes), "/")
    assert (await socket.heard())["type"] == "websocket.accept"
    assert (await socket.heard())["text"] == "False"
    assert len(broken) == 1


@pytest.mark.parametrize(
    ("limits", "clients", "accepted"),
    [
        ({"WEBSOCKETS": 2}, ["8.8.8.8", "9.9.9.9", "1.1.1.1"], [True, True, False]),
        ({"WEBSOCKETS_PER_VISITOR": 1}, ["8.8.8.8", "8.8.8.8", "9.9.9.9"], [True, False, True]),
        ({"WEBSOCKETS_PER_VISITOR": 1}, ["2600::1", "2600::2", "2601::1"], [True, False, True]),
        ({"WEBSOCKETS_PER_VISITOR": 1}, ["10.0.0.1", "10.0.0.1"], [True, True]),
    ],
    ids=["of all", "of an address", "of a network", "of what may be a proxy"],
)
async def test_only_so_many_are_open_at_a_time(
    settings: Settings, limits: dict[str, int], clients: list[str], accepted: list[bool]
) -> None:
    settings.ASGI_SERVING = limits
    router = WebSocketRouter(routes, None)
    sockets = [Socket(router, "/", client) for client in clients]
    answers = [(await socket.heard())["type"] for socket in sockets]
    assert [answer == "websocket.accept" for answer in answers] == accepted
    for socket in sockets:
        await socket.leave()
    assert (await Socket(router, "/").heard())["type"] == "websocket.accept"


@pytest.mark.parametrize(
    ("client", "network"),
    [
        (("8.8.8.8", 1), "8.8.8.8"),
        (("::ffff:8.8.8.8", 1), "8.8.8.8"),
        (("2600:1:2:3:4::5", 1), "2600:1:2:3::/64"),
        (("127.0.0.1", 1), None),
        (("10.1.2.3", 1), None),
        (("fd00::1", 1), None),
        (("unix", 0), None),
        (None, None),
    ],
)
def test_visitors_are_told_apart_by_their_network(client: Any, network: str | None) -> None:
    assert network_of({"client": client}) == network
