"""Messages through Valkey: between processes, on one connection, and when the server is gone."""

import asyncio
import logging
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from asgi_serving.environment.caches import cache_from
from asgi_serving.realtime import PublishError, apublish, listener, publish, subscribed
from asgi_serving.realtime.subscriptions import Subscription
from tests.serving.certificates import make_certificate
from tests.serving.valkey import Valkey, running

DEADLINE = 120
MISSED = "missed"


@pytest.fixture(scope="module")
def shared_server() -> Iterator[Valkey]:
    with running() as server:
        yield server


@pytest.fixture
def server(shared_server: Valkey, settings: Settings) -> Valkey:
    """A server that the test leaves as it is."""
    settings.CACHES = {"default": cache_from(shared_server.url)}
    return shared_server


@pytest.fixture
def own_server(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Valkey]:
    """A server that the test may stop; that it is silent is noticed soon."""
    monkeypatch.setattr(listener, "QUIET", 0.2)
    monkeypatch.setattr(listener, "CONFIRMED_WITHIN", 0.5)
    with running() as server:
        url = f"{server.url}?socket_timeout=0.5&socket_connect_timeout=0.5"
        settings.CACHES = {"default": cache_from(url)}
        yield server


async def heard(messages: Subscription) -> Any:
    async with asyncio.timeout(DEADLINE):
        return await anext(messages)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what the server, or the connection to it, brings about."""
    async with asyncio.timeout(DEADLINE):
        while not condition():  # noqa: ASYNC110  # another process cannot set an asyncio.Event
            await asyncio.sleep(0.02)


async def test_other_processes_are_heard(server: Valkey) -> None:
    code = (
        "import django, sys; from django.conf import settings;"
        "from asgi_serving.environment.caches import cache_from;"
        "settings.configure(CACHES={'default': cache_from(sys.argv[1])});"
        "from asgi_serving.realtime import publish; publish('room', {'from': 'a command'})"
    )
    async with subscribed("room") as messages:
        await asyncio.to_thread(
            subprocess.run, [sys.executable, "-c", code, server.url], check=True
        )
        assert await heard(messages) == {"from": "a command"}


async def test_order_is_kept_and_groups_are_kept_apart(server: Valkey) -> None:
    async with subscribed("one") as one, subscribed("two", "one") as both:
        for number in range(20):
            await apublish("one", number)
        await asyncio.to_thread(publish, "two", "end")
        await apublish("one", "end")
        assert [await heard(one) for _ in range(21)] == [*range(20), "end"]
        assert [await heard(both) for _ in range(22)] == [*range(20), "end", "end"]


def connections(server: Valkey) -> set[str]:
    """Return the ids of all connections but those that ask this; those of other tests may be among them."""
    listed = server.ask("CLIENT", "LIST").splitlines()
    return {line.partition(" ")[0] for line in listed if " cmd=client|list " not in line}


async def test_one_connection_hears_for_all(server: Valkey) -> None:
    before = connections(server)
    async with AsyncExitStack() as stack:
        for number in range(200):
            await stack.enter_async_context(subscribed("all", f"group-{number}"))
        clients = server.ask("CLIENT", "LIST", "TYPE", "PUBSUB").splitlines()
        assert len(clients) == 1
        assert " sub=201 " in clients[0]
        await asyncio.gather(*(apublish("all", number) for number in range(200)))
        assert len(connections(server) - before) == 2  # one publishes


async def test_server_is_told_who_has_left(server: Valkey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "QUIET", 0.05)
    async with subscribed("stays") as messages:
        for number in range(10):
            async with subscribed(f"leaves-{number}", "comes-back"):
                pass
        await until(lambda: len(server.ask("PUBSUB", "CHANNELS")) == 1)
        async with subscribed("comes-back") as again:
            await apublish("comes-back", 1)
            assert await heard(again) == 1
        await apublish("stays", 2)
        assert await heard(messages) == 2


async def test_server_is_reached_over_tls_and_must_be_the_right_one(
    settings: Settings, tmp_path: Path, unused_tcp_port: int
) -> None:
    if not Valkey().command:
        pytest.skip("without valkey-server or redis-server no server sees these files")
    key, certificate = map(str, make_certificate(tmp_path))
    files = ["--tls-key-file", key, "--tls-cert-file", certificate]
    tls = ["--tls-port", str(unused_tcp_port), "--tls-auth-clients", "no"]
    with running(*tls, *files, "--tls-ca-cert-file", certificate):
        url = f"rediss://127.0.0.1:{unused_tcp_port}/0"
        trusted = f"{url}?ssl_ca_certs={certificate}"
        settings.CACHES = {"default": cache_from(trusted)}
        async with subscribed("room") as messages:
            await apublish("room", "asynchronous")
            await asyncio.to_thread(publish, "room", "synchronous")
            assert [await heard(messages) for _ in range(2)] == ["asynchronous", "synchronous"]
        settings.CACHES = {"default": cache_from(url)}
        with pytest.raises(PublishError, match="certificate"):
            await apublish("room", "to nobody")


async def test_sites_on_databases_of_one_server_do_not_hear_each_other(
    server: Valkey, settings: Settings
) -> None:
    other = cache_from(server.url.replace("/0", "/1"))
    prefixed = cache_from(server.url) | {"KEY_PREFIX": "other"}
    async with subscribed("room") as messages:
        for entry in (other, prefixed):
            settings.CACHES = {"default": entry}
            await apublish("room", "to another site")
        settings.CACHES = {"default": cache_from(server.url)}
        await apublish("room", "to this one")
        assert await heard(messages) == "to this one"


async def test_others_have_their_turn_while_many_are_told(server: Valkey) -> None:
    told = 0
    at_turns = []

    async def listen(messages: Subscription) -> None:
        nonlocal told
        await anext(messages)
        told += 1

    async with AsyncExitStack() as stack:
        tasks = []
        for _ in range(1000):
            messages = await stack.enter_async_context(subscribed("crowd"))
            tasks.append(asyncio.create_task(listen(messages)))
        await asyncio.sleep(0)
        await apublish("crowd", 1)
        async with asyncio.timeout(DEADLINE):
            while told < 1000:
                at_turns.append(told)
                await asyncio.sleep(0)
        at_turns.append(told)
        await asyncio.gather(*tasks)
    assert max(b - a for a, b in pairwise(at_turns)) <= listener.AT_A_TIME


@asynccontextmanager
async def interrupted(
    server: Valkey, how: signal.Signals, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[Subscription]:
    """Give a subscription that worked, and whose server is gone or hangs now."""
    caplog.set_level(logging.WARNING)
    async with subscribed("room", missed=MISSED) as messages:
        await apublish("room", 1)
        assert await heard(messages) == 1
        server.signal(how)
        await until(lambda: "Messages are missed" in caplog.text)
        yield messages


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
async def test_interruption_is_told_to_who_subscribes_and_who_publishes(
    own_server: Valkey, how: signal.Signals, caplog: pytest.LogCaptureFixture
) -> None:
    async with interrupted(own_server, how, caplog) as messages:
        with pytest.raises(PublishError, match="No message can be published: "):
            await apublish("room", "lost")
        with pytest.raises(PublishError, match="No message can be published: "):
            await asyncio.to_thread(publish, "room", "lost")
        async with subscribed("room", missed=MISSED) as late:  # begins without the server
            if how == signal.SIGKILL:
                own_server.start()
            else:
                own_server.signal(signal.SIGCONT)
            assert await heard(messages) == await heard(late) == MISSED
            await apublish("room", "heard")
            for each in (messages, late):
                # What was published in vain may have been taken when the server went on.
                while (message := await heard(each)) == "lost":
                    pass
                assert message == "heard"
    assert caplog.text.count("Messages are missed") == 1


async def test_password_is_sent_and_never_told(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with running("--requirepass", "the-password") as server:
        settings.CACHES = {"default": cache_from(server.url, "the-password")}
        async with subscribed("room") as messages:
            await apublish("room", 1)
            assert await heard(messages) == 1
        settings.CACHES = {"default": cache_from(server.url, "another-one")}
        with pytest.raises(PublishError) as refused:
            await apublish("room", 1)
    assert "another-one" not in f"{refused.value}{caplog.text}"
