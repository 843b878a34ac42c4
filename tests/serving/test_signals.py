"""Receivers of a request's signals are called when, where and by whom Django calls them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.core.signals import request_finished, request_started
from django.dispatch import Signal
from django.http import HttpRequest, HttpResponse
from django.urls import path
from pytest_django import Settings

from asgi_serving.handler.handler import Handler
from asgi_serving.handler.lanes import Lanes
from tests.serving.exchange import ask

DEADLINE = 60

seen: list[tuple[str, threading.Thread]] = []
"""What ran, and on which thread."""


def note(what: str) -> None:
    seen.append((what, threading.current_thread()))


def view(request: HttpRequest) -> HttpResponse:
    note("view")
    return HttpResponse("view")


async def view_with_a_hop(request: HttpRequest) -> HttpResponse:
    note("view")
    await sync_to_async(note)("hop")
    return HttpResponse("view")


urlpatterns = [path("sync/", view), path("async/", view_with_a_hop)]


@pytest.fixture(autouse=True)
def site(settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__


@contextmanager
def connected(signal: Signal, receiver: Callable[..., Any]) -> Iterator[None]:
    signal.connect(receiver, weak=False)
    try:
        yield
    finally:
        signal.disconnect(receiver)


def started(**named: Any) -> None:
    note("started")


def finished(**named: Any) -> None:
    note("finished")


async def started_async(**named: Any) -> None:
    note("started")


async def finished_async(**named: Any) -> None:
    note("finished")


@pytest.mark.parametrize("page", ["/sync/", "/async/"])
@pytest.mark.parametrize("start", [started, started_async])
@pytest.mark.parametrize("finish", [finished, finished_async])
async def test_receivers_are_called_as_by_django(
    page: str, start: Callable[..., Any], finish: Callable[..., Any]
) -> None:
    runs = []
    for application in (ASGIHandler(), Handler(Lanes(1, 0, DEADLINE))):
        seen.clear()
        with connected(request_started, start), connected(request_finished, finish):
            await ask(application, page)
        names = [name for name, _ in seen]
        order = {thread: number for number, (_, thread) in reversed([*enumerate(seen)])}
        here = threading.current_thread()
        runs.append([(name, "loop" if thread is here else order[thread]) for name, thread in seen])
        assert (names[0], names[-1]) == ("started", "finished")
    assert runs[0] == runs[1]


async def test_receivers_get_the_sender_that_django_names() -> None:
    senders = []

    def note_sender(sender: type, **named: Any) -> None:
        senders.append(sender)

    for signal in (request_started, request_finished):
        with connected(signal, note_sender):
            await ask(Handler(Lanes(1, 0, DEADLINE)), "/async/")
    assert senders == [ASGIHandler, ASGIHandler]
