"""Messages within a process: who hears them, in which order, and what becomes of too many."""

import asyncio
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import SynchronousOnlyOperation

from asgi_serving.realtime import apublish, forwarded, publish, subscribed
from asgi_serving.realtime.broker import broker
from asgi_serving.realtime.messages import MAX_SIZE
from asgi_serving.realtime.subscriptions import UNREAD, Subscription
from asgi_serving.types import Message

DEADLINE = 60


async def heard(messages: Subscription, count: int = 1) -> list[Any]:
    """Return the next messages."""
    async with asyncio.timeout(DEADLINE):
        return [await anext(messages) for _ in range(count)]


async def test_message_reaches_all_who_are_subscribed_and_nobody_else() -> None:
    async with (
        subscribed("room-1") as one,
        subscribed("room-1", "room-2") as both,
        subscribed("room-2") as two,
    ):
        await apublish("room-1", {"number": 1})
        await apublish("room-2", {"number": 2})
        assert await heard(one) == [{"number": 1}]
        assert await heard(both, 2) == [{"number": 1}, {"number": 2}]
        assert await heard(two) == [{"number": 2}]


async def test_synchronous_code_publishes_from_its_thread() -> None:
    async with subscribed("room") as messages:
        for number in range(50):
            await asyncio.to_thread(publish, "room", number)
        assert await heard(messages, 50) == list(range(50))


async def test_synchronous_publishing_does_not_block_the_event_loop() -> None:
    with pytest.raises(SynchronousOnlyOperation, match=r"await apublish\(\) instead"):
        publish("room", 1)


async def test_nobody_hears_what_was_published_before() -> None:
    await apublish("room", "early")
    async with subscribed("room") as messages:
        await apublish("room", "in time")
        assert await heard(messages) == ["in time"]


async def test_who_has_left_is_forgotten() -> None:
    async with subscribed("room", "other"):
        assert len(broker().subscriptions().to("room")) == 1
    with pytest.raises(RuntimeError, match="its own"):
        async with subscribed("room"):
            raise RuntimeError("its own")
    assert vars(broker().subscriptions()) == {"_by_group": {}}


async def test_who_reads_slowly_has_the_newest_and_is_told() -> None:
    async with subscribed("room", missed="missed") as slow, subscribed("room") as silent:
        for number in range(UNREAD + 50):
            await apublish("room", number)
        newest = list(range(UNREAD + 50))[-UNREAD + 1 :]
        assert await heard(slow, UNREAD) == ["missed", *newest]
        assert await heard(silent, UNREAD - 1) == newest


async def test_nobody_waits_for_who_reads_slowly() -> None:
    async with subscribed("room"), subscribed("room") as quick:
        for number in range(10 * UNREAD):
            await apublish("room", number)
            assert await heard(quick) == [number]


async def test_each_has_a_message_of_its_own() -> None:
    async with subscribed("room") as one, subscribed("room") as other:
        await apublish("room", {"list": []})
        [changed] = await heard(one)
        changed["list"].append(1)
        assert await heard(other) == [{"list": []}]


async def test_dates_are_written_as_in_other_json_of_django() -> None:
    async with subscribed("room") as messages:
        await apublish("room", {"day": date(2026, 11, 30), "text": "Grüße \u2028"})
        assert await heard(messages) == [{"day": "2026-11-30", "text": "Grüße \u2028"}]


@pytest.mark.parametrize("group", ["", "a b", "a\n", "grün", "a*", "x" * 201])
async def test_name_of_a_group_is_checked(group: str) -> None:
    with pytest.raises(ValueError, match="A group is called by"):
        await apublish(group, 1)
    with pytest.raises(ValueError, match="A group is called by"):
        async with subscribed("room", group):
            pass


@pytest.mark.parametrize(
    ("message", "error"),
    [("x" * MAX_SIZE, ValueError), (float("nan"), ValueError), (object(), TypeError)],
)
async def test_message_that_browsers_could_not_read_is_refused(
    message: object, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await apublish("room", message)


async def test_forwarding_ends_with_its_context_or_with_the_client() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        if len(sent) == 2:
            raise OSError("the client has left")
        sent.append(message)

    async def until_sent(count: int) -> None:
        async with asyncio.timeout(DEADLINE):
            while len(sent) < count:  # noqa: ASYNC110  # nobody tells
                await asyncio.sleep(0)

    async with subscribed("room") as messages:
        async with forwarded(messages, send):
            await apublish("room", 1)
            await until_sent(1)
        await apublish("room", 2)
        assert await heard(messages) == [2]
        async with forwarded(messages, send):
            await apublish("room", 3)
            await until_sent(2)
            await apublish("room", 4)
    assert sent == [{"type": "websocket.send", "text": text} for text in ("1", "3")]
