"""Which thread the parts of a request run on, and that they share its context."""

import asyncio
import threading
from contextvars import ContextVar
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.deprecation import MiddlewareMixin
from pytest_django import Settings

from asgi_serving.handler.handler import Handler
from asgi_serving.handler.lanes import Lanes
from tests.serving.exchange import ask

DEADLINE = 60

seen: list[tuple[str, str]] = []
"""What ran, and on which thread."""

color: ContextVar[str] = ContextVar("color", default="none")


def note(what: str) -> None:
    seen.append((what, threading.current_thread().name))


class Noting(MiddlewareMixin):
    """Synchronous in all its parts."""

    def process_request(self, request: HttpRequest) -> None:
        note("request")
        color.set("red")

    def process_view(self, request: HttpRequest, *view: Any) -> None:
        note("view of middleware")

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        note("response")
        return response


async def view_with_a_hop(request: HttpRequest) -> HttpResponse:
    await sync_to_async(note)("hop")
    return HttpResponse(color.get())


def view(request: HttpRequest) -> HttpResponse:
    note("view")
    return HttpResponse(color.get())


urlpatterns = [path("sync/", view), path("async/", view_with_a_hop)]


@pytest.fixture(autouse=True)
def site(settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.Noting"]
    seen.clear()


@pytest.mark.parametrize(("page", "called"), [("/sync/", "view"), ("/async/", "hop")])
async def test_all_that_is_synchronous_in_a_request_has_one_thread(page: str, called: str) -> None:
    lanes = Lanes(2, 0, DEADLINE)
    assert (await ask(Handler(lanes), page)).status == 200
    names = ("request", "view of middleware", called, "response")
    assert seen == [(name, "lane-1") for name in names]
    assert lanes.started == 1


@pytest.mark.parametrize("page", ["/sync/", "/async/"])
async def test_context_variable_of_a_synchronous_part_is_seen_later(page: str) -> None:
    assert (await ask(Handler(Lanes(1, 0, DEADLINE)), page)).body == b"red"


async def test_context_variables_of_requests_on_one_thread_are_their_own(
    settings: Settings,
) -> None:
    settings.MIDDLEWARE = []
    own = Handler(Lanes(1, 10, DEADLINE))
    color.set("blue")
    first = asyncio.create_task(ask(own, "/sync/"))
    await first
    color.set("green")
    second = await asyncio.create_task(ask(own, "/sync/"))
    assert (first.result().body, second.body) == (b"blue", b"green")
