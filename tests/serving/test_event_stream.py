"""Server-sent events: what is written, when it is written, and how it ends."""

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import pytest
from django.http import StreamingHttpResponse
from django.test import RequestFactory

from asgi_serving.realtime import Event, event_stream, last_event_id

DEADLINE = 60


def read(text: str) -> list[tuple[str, str, str]]:
    """Return id, name and data of each event, as the HTML standard says a browser reads them."""
    events: list[tuple[str, str, str]] = []
    data: list[str] = []
    name = id_ = ""
    for line in re.split("\r\n|\r|\n", text):
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            if data:
                events.append((id_, name or "message", "\n".join(data)))
            data, name = [], ""
        elif field == "data":
            data.append(value)
        elif field == "event":
            name = value
        elif field == "id" and "\0" not in value:
            id_ = value
    return events


@pytest.mark.parametrize(
    ("data", "read_as"),
    [
        ("plain", "plain"),
        ("", ""),
        (" two spaces ", " two spaces "),
        ("a\nb\r\nc\rd", "a\nb\nc\nd"),
        ("\n\nid: forged\n\ndata: forged", "\n\nid: forged\n\ndata: forged"),
        ("ends with a line\n", "ends with a line\n"),
        (": no comment", ": no comment"),
        ("not a line:\u2028\x0b\x85", "not a line:\u2028\x0b\x85"),
        ({"text": "a\nb", "sign": "é"}, '{"text": "a\\nb", "sign": "\\u00e9"}'),
    ],
)
def test_browser_reads_what_was_meant(data: Any, read_as: str) -> None:
    event = Event(data, id=7, name="told")
    assert read(event.encoded()) == [("7", "told", read_as)]
    assert read(Event(data).encoded()) == [("", "message", read_as)]


@pytest.mark.parametrize("forged", ["1\ndata: forged", "1\rdata: forged", "a\0b", "x" * 201])
def test_id_and_name_cannot_be_more_than_that(forged: str) -> None:
    for fields in ({"id": forged}, {"name": forged}):
        with pytest.raises(ValueError, match="cannot have this id or name"):
            Event("data", **fields)


@pytest.mark.parametrize(
    ("told", "taken"),
    [
        ("17", "17"),
        ("été".encode().decode("latin-1"), "été"),
        ("", ""),
        ("a\tb", ""),
        ("x" * 201, ""),
        (None, ""),
    ],
)
def test_last_event_id_is_what_a_browser_may_send(told: str | None, taken: str) -> None:
    headers = {} if told is None else {"Last-Event-ID": told}
    assert last_event_id(RequestFactory().get("/", headers=headers)) == taken


async def parts_of(response: StreamingHttpResponse) -> AsyncGenerator[str]:
    """Yield what a server would send, piece by piece."""
    parts: Any = response
    async with asyncio.timeout(DEADLINE):
        async for part in parts:
            yield part.decode()


async def test_response_is_neither_kept_nor_changed_on_its_way() -> None:
    async def events() -> AsyncGenerator[Event]:
        yield Event("one")

    response = event_stream(events())
    assert response.headers["Content-Type"] == "text/event-stream"
    assert response.headers["Cache-Control"] == "no-store, no-transform"
    assert response.headers["X-Accel-Buffering"] == "no"
    first, *rest = [part async for part in parts_of(response)]
    assert re.fullmatch(r"retry: \d{4}\n\n", first)
    assert rest == ["data: one\n\n"]


async def test_streams_come_back_at_different_times() -> None:
    async def nothing() -> AsyncGenerator[Event]:
        return
        yield

    begun = [[part async for part in parts_of(event_stream(nothing()))] for _ in range(20)]
    assert len({first for (first,) in begun}) > 1


async def test_heartbeat_interrupts_nothing() -> None:
    go_on = asyncio.Event()

    async def events() -> AsyncGenerator[Event]:
        async with asyncio.timeout(DEADLINE):  # must be left in the task that entered it
            await go_on.wait()
            yield Event("late")
            yield Event("later")

    parts = parts_of(event_stream(events(), heartbeat=0.01))
    assert (await anext(parts)).startswith("retry: ")
    assert await anext(parts) == ":\n\n"
    assert await anext(parts) == ":\n\n"
    go_on.set()
    assert "".join([part async for part in parts]).replace(":\n\n", "") == (
        "data: late\n\ndata: later\n\n"
    )


async def test_what_makes_events_is_cleaned_up_when_the_client_leaves() -> None:
    ended = []

    async def events() -> AsyncGenerator[Event]:
        task = asyncio.current_task()
        try:
            yield Event("one")
            yield Event("two")
            await asyncio.Event().wait()
        finally:
            ended.append(asyncio.current_task() is task)

    for taken in (2, 3):
        async with aclosing(parts_of(event_stream(events()))) as parts:
            assert [await anext(parts) for _ in range(taken)]
    async with asyncio.timeout(DEADLINE):
        while len(ended) < 2:  # noqa: ASYNC110  # generators are closed when Python drops them
            await asyncio.sleep(0)
    assert ended == [True, True]


async def test_events_are_made_no_faster_than_they_are_taken() -> None:
    made = []

    async def events() -> AsyncGenerator[Event]:
        for number in range(1000):
            made.append(number)
            yield Event(number)

    async with aclosing(parts_of(event_stream(events()))) as parts:
        await anext(parts)
        await anext(parts)
        for _ in range(100):
            await asyncio.sleep(0)
    assert len(made) <= 4


async def test_failure_is_the_responses() -> None:
    async def events() -> AsyncGenerator[Event]:
        yield Event("one")
        raise RuntimeError("out of events")

    parts = parts_of(event_stream(events()))
    assert [await anext(parts) for _ in range(2)][1] == "data: one\n\n"
    with pytest.raises(RuntimeError, match="out of events"):
        await anext(parts)
