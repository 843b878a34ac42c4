"""Lanes: who gets a thread, who waits for one, and that none is lost."""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

import pytest
from asgiref.sync import ThreadSensitiveContext, sync_to_async

from asgi_serving.handler.lanes import Lanes, NoLaneFree, RequestLane

DEADLINE = 60


def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition that another thread brings about."""
    give_up = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < give_up
        threading.Event().wait(0.005)


def take(lanes: Lanes) -> RequestLane:
    return RequestLane(lanes, asyncio.get_running_loop())


async def test_calls_of_a_request_share_a_thread_and_keep_their_order() -> None:
    lane, calls = take(Lanes(2, 0, 1)), []
    lane.begin, lane.end = (lambda: calls.append("begin")), (lambda _: calls.append("end"))
    async with ThreadSensitiveContext(executor=lane):
        threads = {await sync_to_async(threading.get_ident)() for _ in range(5)}
        await sync_to_async(calls.append)("call")
    lane.finish(whole=True)
    assert len(threads) == 1
    until(lambda: calls == ["begin", "call", "end"])


async def test_request_that_calls_nothing_takes_no_lane() -> None:
    lanes = Lanes(1, 0, 1)
    take(lanes).finish(whole=True)
    assert (lanes.started, lanes.busy) == (0, 0)


async def test_threads_are_used_again() -> None:
    lanes, threads = Lanes(3, 0, 1), set()
    for _ in range(20):
        lane = take(lanes)
        threads.add(await asyncio.wrap_future(lane.submit(threading.get_ident)))
        lane.finish(whole=True)
        until(lambda: lanes.busy == 0)
    assert len(threads) == lanes.started == 1


async def in_thread_of(lanes: Lanes, *, whole: bool) -> threading.Thread:
    """Return the thread of a request, when its lane is free again."""
    lane = take(lanes)
    thread: threading.Thread = await asyncio.wrap_future(lane.submit(threading.current_thread))
    lane.finish(whole=whole)
    until(lambda: lanes.busy == 0)
    return thread


async def test_thread_of_a_request_that_was_cut_short_serves_nobody_else() -> None:
    lanes = Lanes(1, 0, 1)
    first, second, third = [await in_thread_of(lanes, whole=whole) for whole in (True, False, True)]
    assert first is second
    assert third is not first
    assert (third.name, lanes.started) == ("lane-1", 1)
    until(lambda: not first.is_alive())


async def test_each_request_has_a_new_thread_if_threads_are_not_to_be_used_again() -> None:
    lanes = Lanes(1, 0, 1, reuse=False)
    threads = [await in_thread_of(lanes, whole=True) for _ in range(5)]
    assert len(set(threads)) == 5
    until(lambda: sum(thread.is_alive() for thread in threads) == 0)


@pytest.mark.parametrize("whole", [True, False])
async def test_end_is_told_whether_the_thread_goes_on(whole: bool) -> None:
    told: list[tuple[bool, threading.Thread]] = []
    lane = take(Lanes(1, 0, 1))
    lane.end = lambda goes_on: told.append((goes_on, threading.current_thread()))
    thread = await asyncio.wrap_future(lane.submit(threading.current_thread))
    lane.finish(whole=whole)
    until(lambda: told == [(whole, thread)])


async def test_lane_whose_thread_cannot_be_renewed_at_once_serves_on_a_new_one_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lanes, start, failures = Lanes(1, 0, 1), threading.Thread.start, [RuntimeError("none left")]
    lane = take(lanes)
    first = await asyncio.wrap_future(lane.submit(threading.current_thread))

    def start_later(thread: threading.Thread) -> None:
        if failures:
            raise failures.pop()
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_later)
    monkeypatch.setattr(time, "sleep", float)
    lane.finish(whole=False)
    until(lambda: lanes.busy == 0)
    monkeypatch.undo()
    assert not failures
    assert await in_thread_of(lanes, whole=True) is not first


async def test_requests_past_the_lanes_wait_their_turn() -> None:
    order: list[int] = []
    lanes = Lanes(1, 10, DEADLINE)
    gate = threading.Event()
    first, *others = [take(lanes) for _ in range(4)]
    first.submit(gate.wait)
    futures = [lane.submit(order.append, number) for number, lane in enumerate(others)]
    assert (lanes.busy, lanes.waiting) == (1, 3)
    gate.set()
    first.finish(whole=True)
    for future, lane in zip(futures, others, strict=True):
        await asyncio.wrap_future(future)
        lane.finish(whole=True)
    assert order == [0, 1, 2]
    until(lambda: lanes.busy == lanes.waiting == 0)


async def test_request_past_the_queue_is_refused_at_once() -> None:
    lanes, gate = Lanes(1, 0, DEADLINE), threading.Event()
    holder, refused = take(lanes), take(lanes)
    holder.submit(gate.wait)
    for _ in range(2):
        with pytest.raises(NoLaneFree, match="too many"):
            await asyncio.wrap_future(refused.submit(int))
    gate.set()
    for lane in (refused, holder):
        lane.finish(whole=True)
    until(lambda: lanes.busy == 0)


async def test_request_that_waits_too_long_is_refused_with_all_its_calls() -> None:
    lanes, gate = Lanes(1, 1, 0.05), threading.Event()
    holder, late = take(lanes), take(lanes)
    holder.submit(gate.wait)
    calls: list[Future[int]] = [late.submit(int) for _ in range(3)]
    results = await asyncio.gather(*map(asyncio.wrap_future, calls), return_exceptions=True)
    assert [type(result) for result in results] == [NoLaneFree] * 3
    with pytest.raises(NoLaneFree, match="waited"):
        await asyncio.wrap_future(late.submit(int))
    late.finish(whole=True)
    gate.set()
    holder.finish(whole=True)
    until(lambda: lanes.busy == lanes.waiting == 0)


async def test_request_whose_view_has_begun_is_never_refused_and_goes_first() -> None:
    order: list[str] = []
    lanes, gate = Lanes(1, 1, 0.05), threading.Event()
    holder, waiting, late, begun = [take(lanes) for _ in range(4)]
    begun.admitted = True
    holder.submit(gate.wait)
    refused = waiting.submit(order.append, "waiting")
    waits = begun.submit(order.append, "begun")
    with pytest.raises(NoLaneFree, match="too many"):
        await asyncio.wrap_future(late.submit(int))
    with pytest.raises(NoLaneFree, match="waited"):
        await asyncio.wrap_future(refused)
    following = late, take(lanes)
    again = following[1].submit(order.append, "again")
    gate.set()
    holder.finish(whole=True)
    await asyncio.wrap_future(waits)
    begun.finish(whole=True)
    await asyncio.wrap_future(again)
    for lane in (waiting, *following):
        lane.finish(whole=True)
    assert order == ["begun", "again"]
    until(lambda: lanes.busy == lanes.waiting == 0)


async def test_begun_request_that_ends_while_it_waits_leaves_the_queue() -> None:
    lanes, gate = Lanes(1, 0, DEADLINE), threading.Event()
    holder, begun = take(lanes), take(lanes)
    begun.admitted = True
    holder.submit(gate.wait)
    future = begun.submit(int)
    assert lanes.waiting == 1
    begun.finish(whole=False)
    assert future.cancelled()
    assert lanes.waiting == 0
    gate.set()
    holder.finish(whole=True)


async def test_lanes_tell_for_how_long_none_of_them_has_become_free(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    lanes, gate = Lanes(2, 5, DEADLINE), threading.Event()
    first, second = take(lanes), take(lanes)
    first.submit(gate.wait)
    now = 200.0
    assert lanes.stuck_for == 0
    second.submit(gate.wait)
    now = 207.0
    assert lanes.stuck_for == 7
    gate.set()
    first.finish(whole=True)
    monkeypatch.undo()
    until(lambda: lanes.busy == 1)
    assert lanes.stuck_for == 0
    second.finish(whole=True)


async def test_refusing_the_late_does_not_stumble_over_one_that_was_cancelled() -> None:
    lanes, gate = Lanes(1, 2, 0.05), threading.Event()
    holder, *late = [take(lanes) for _ in range(3)]
    holder.submit(gate.wait)
    cancelled, waiting = [lane.submit(int) for lane in late]
    cancelled.cancel()
    with pytest.raises(NoLaneFree, match="waited"):
        await asyncio.wait_for(asyncio.wrap_future(waiting), DEADLINE)
    gate.set()
    for lane in (holder, *late):
        lane.finish(whole=True)
    until(lambda: lanes.busy == lanes.waiting == 0)


async def test_lane_is_busy_until_the_work_of_an_ended_request_is_done() -> None:
    lanes, gate = Lanes(1, 1, DEADLINE), threading.Event()
    ended = take(lanes)
    ended.submit(gate.wait)
    ended.finish(whole=True)
    following = take(lanes)
    future = following.submit(gate.is_set)
    assert lanes.waiting == 1
    gate.set()
    assert await asyncio.wrap_future(future)
    following.finish(whole=True)


async def test_request_that_ends_in_the_queue_leaves_it() -> None:
    lanes, gate = Lanes(1, 5, DEADLINE), threading.Event()
    holder, gone = take(lanes), take(lanes)
    holder.submit(gate.wait)
    future = gone.submit(int)
    gone.finish(whole=True)
    assert future.cancelled()
    assert lanes.waiting == 0
    gate.set()
    holder.finish(whole=True)
    until(lambda: lanes.busy == 0)


async def test_no_lane_is_lost_to_failures_and_cancellations() -> None:
    lanes = Lanes(4, 500, DEADLINE)

    def fail(*_: object) -> None:
        raise ValueError

    def work(number: int) -> None:
        time.sleep(0.001)
        if number % 3 == 0:
            fail()

    async def request(number: int) -> None:
        lane = take(lanes)
        lane.end = fail if number % 7 == 0 else None
        try:
            async with ThreadSensitiveContext(executor=lane):
                await sync_to_async(work)(number)
        finally:
            lane.finish(whole=True)

    tasks = [asyncio.create_task(request(number)) for number in range(400)]
    await asyncio.sleep(0.01)
    for task in tasks[::5]:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    until(lambda: lanes.busy == lanes.waiting == 0)
    assert lanes.started == 4
