"""Who of the workers goes, and who is asked to be replaced, in every order of events."""

import os
import signal
import subprocess
import sys

import pytest

from asgi_serving.server.hand_over import Decision, decide, first_starting
from asgi_serving.server.recycling import ask_for_replacement, give_up_turn, settle
from asgi_serving.server.siblings import SLOTS, Siblings, State, is_alive
from asgi_serving.worker import Worker

ALIVE = os.getpid()
MASTER = -1


@pytest.fixture(scope="module")
def dead() -> int:
    """The id of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_process_that_has_ended_is_not_alive(dead: int) -> None:
    assert (is_alive(ALIVE), is_alive(dead)) == (True, False)


def test_siblings_forget_those_of_long_ago() -> None:
    siblings = Siblings()
    for age in range(1, 2 * SLOTS):
        siblings.note(age, 0, State.STARTING)
    assert sorted(each.age for each in siblings.after(2 * SLOTS - 3)) == [1022, 1023]
    assert siblings.newest == 0


def decided(*later: tuple[int, State]) -> Decision:
    """Let the first of two workers be told to stop when another starts; then others come so far."""
    siblings = Siblings()
    for age in (1, 2):
        siblings.note(age, ALIVE, State.SERVING)
    siblings.note(3, 0, State.STARTING)
    awaited = first_starting(siblings, 1)
    for age, (process, state) in enumerate(later, 3):
        siblings.note(age, process, state)
    return decide(siblings, awaited)


def test_worker_stops_when_nobody_is_starting() -> None:
    siblings = Siblings()
    siblings.note(2, ALIVE, State.SERVING)
    assert first_starting(siblings, 1) == 0
    assert decide(siblings, 0) is Decision.STOP


def test_worker_waits_for_one_that_starts_and_stops_when_it_serves() -> None:
    assert decided((0, State.STARTING)) is Decision.WAIT
    assert decided((ALIVE, State.STARTING)) is Decision.WAIT
    assert decided((ALIVE, State.SERVING)) is Decision.STOP


def test_worker_goes_on_when_none_could_start(dead: int) -> None:
    assert decided((dead, State.STARTING)) is Decision.GO_ON
    assert decided((dead, State.STARTING), (dead, State.STARTING)) is Decision.GO_ON


def test_worker_waits_for_the_last_one_that_may_still_start(dead: int) -> None:
    assert decided((dead, State.STARTING), (ALIVE, State.STARTING)) is Decision.WAIT
    assert decided((dead, State.STARTING), (ALIVE, State.SERVING)) is Decision.STOP


def test_worker_stops_when_the_one_that_started_was_told_to_stop_too(dead: int) -> None:
    assert decided((dead, State.TOLD_TO_STOP)) is Decision.STOP


def test_worker_that_is_told_again_waits_for_the_same_ones(
    dead: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    siblings = Siblings()
    monkeypatch.setattr("asgi_serving.worker.siblings", siblings)
    worker = Worker.__new__(Worker)
    worker.__dict__.update(age=1, _first_awaited=0, _serves=True)
    siblings.note(2, 0, State.STARTING)
    worker.told_to_stop()
    assert worker.decide_to_stop() is Decision.WAIT
    siblings.note(2, dead, State.STARTING)
    worker.told_to_stop()
    assert worker.decide_to_stop() is Decision.GO_ON
    worker.told_to_stop()
    assert worker.decide_to_stop() is Decision.STOP


@pytest.fixture
def signals(monkeypatch: pytest.MonkeyPatch) -> list[signal.Signals]:
    """What the master was sent."""
    sent: list[signal.Signals] = []

    def kill(process: int, number: signal.Signals) -> None:
        if process == MASTER:
            sent.append(number)
        else:
            assert number == 0
            if process != ALIVE:
                raise ProcessLookupError

    monkeypatch.setattr("asgi_serving.server.recycling.os.kill", kill)
    return sent


def test_worker_asks_for_one_more_and_the_newest_for_one_less(
    signals: list[signal.Signals],
) -> None:
    siblings = Siblings()
    siblings.note(1, ALIVE, State.SERVING)
    for _ in range(3):
        ask_for_replacement(siblings, MASTER)
        settle(siblings, MASTER, 1)
    assert signals == [signal.SIGTTIN]
    siblings.note(2, ALIVE, State.SERVING)
    for age in (1, 2, 2):
        settle(siblings, MASTER, age)
    assert signals == [signal.SIGTTIN, signal.SIGTTOU]


def test_what_is_owed_is_paid_though_who_asked_was_killed(signals: list[signal.Signals]) -> None:
    siblings = Siblings()
    siblings.note(1, ALIVE, State.SERVING)
    siblings.turn, siblings.owed, siblings.asked_after = 999_999_999, 1, 1
    siblings.note(2, ALIVE, State.SERVING)
    settle(siblings, MASTER, 2)
    assert signals == [signal.SIGTTOU]
    for _ in range(2):
        ask_for_replacement(siblings, MASTER)
    assert signals == [signal.SIGTTOU, signal.SIGTTIN]


def test_one_worker_at_a_time_is_replaced(signals: list[signal.Signals]) -> None:
    siblings = Siblings()
    siblings.turn = os.getppid()
    give_up_turn(siblings)
    assert siblings.turn == os.getppid()
    siblings.turn = ALIVE
    give_up_turn(siblings)
    assert siblings.turn == 0
    assert signals == []
