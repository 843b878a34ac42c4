"""Where a middleware is synchronous alone, a request goes to its lane once, and all middleware runs there."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.decorators import sync_and_async_middleware
from pytest_django import Settings

from asgi_serving.handler.handler import Handler
from asgi_serving.handler.lanes import Lanes
from tests.serving.exchange import ask

DEADLINE = 60
SEEN: dict[str, int] = {}


class Synchronous:
    """As that of WhiteNoise, and all that was written for WSGI."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        SEEN["middleware"] = threading.get_ident()
        response = self.get_response(request)
        response["X-Seen"] = "seen"
        return response


@sync_and_async_middleware
def either(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    async def answer(request: HttpRequest) -> HttpResponse:
        SEEN["either"] = threading.get_ident()
        response: HttpResponse = await get_response(request)
        return response

    def answer_on_a_thread(request: HttpRequest) -> HttpResponse:
        SEEN["either"] = threading.get_ident()
        response: HttpResponse = get_response(request)
        return response

    return answer if iscoroutinefunction(get_response) else answer_on_a_thread


def synchronous(request: HttpRequest) -> HttpResponse:
    SEEN["view"] = threading.get_ident()
    return HttpResponse("view")


async def asynchronous(request: HttpRequest) -> HttpResponse:
    SEEN["view"] = threading.get_ident()
    return HttpResponse("view")


def failing(request: HttpRequest) -> HttpResponse:
    raise ValueError("seen by Django")


urlpatterns = [path("", synchronous), path("asynchronous/", asynchronous), path("fails/", failing)]


@pytest.fixture(autouse=True)
def site(settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    settings.MIDDLEWARE = [
        "django.middleware.security.SecurityMiddleware",
        f"{__name__}.Synchronous",
        f"{__name__}.either",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
    ]


async def test_all_runs_on_the_lane_at_once() -> None:
    answer = await ask(Handler(Lanes(1, 0, DEADLINE)), "/")
    assert (answer.status, answer.body) == (200, b"view")
    assert (b"x-seen", b"seen") in [(name.lower(), value) for name, value in answer.headers]
    assert SEEN["view"] == SEEN["middleware"] == SEEN["either"] != threading.get_ident()


async def test_asynchronous_view_runs_on_the_loop() -> None:
    answer = await ask(Handler(Lanes(1, 0, DEADLINE)), "/asynchronous/")
    assert (answer.status, answer.body) == (200, b"view")
    assert SEEN["view"] == threading.get_ident() != SEEN["middleware"]


async def test_error_is_answered() -> None:
    answer = await ask(Handler(Lanes(1, 0, DEADLINE)), "/fails/")
    assert answer.status == 500
    assert (b"x-seen", b"seen") in [(name.lower(), value) for name, value in answer.headers]


async def test_request_without_a_lane_is_refused() -> None:
    answer = await ask(Handler(Lanes(0, 0, 7)), "/")
    assert answer.status == 503
    assert (b"retry-after", b"7") in [(name.lower(), value) for name, value in answer.headers]


async def test_lane_is_free_afterwards() -> None:
    lanes = Lanes(1, 0, DEADLINE)
    application = Handler(lanes)
    for page in ("/", "/asynchronous/", "/fails/", "/"):
        await ask(application, page)
        await until_free(lanes)


async def until_free(lanes: Lanes) -> None:
    async with asyncio.timeout(DEADLINE):
        while lanes.busy:  # noqa: ASYNC110  # a thread cannot set an asyncio.Event
            await asyncio.sleep(0.005)
