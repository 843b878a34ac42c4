"""A request is refused before any of its view has run, with all headers of the site, or never."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.signals import request_finished, request_started
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.deprecation import MiddlewareMixin
from pytest_django import Settings

from asgi_serving.handler import refusal
from asgi_serving.handler.handler import Handler
from asgi_serving.handler.lanes import Lanes
from tests.serving.exchange import Answer, ask

DEADLINE = 60
BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"

gate = threading.Event()
ran: list[str] = []


def held(request: HttpRequest) -> HttpResponse:
    gate.wait(30)
    return HttpResponse("held")


def sync(request: HttpRequest) -> HttpResponse:
    ran.append("view")
    return HttpResponse("sync")


async def charge(request: HttpRequest) -> HttpResponse:
    ran.append("charged")
    await sync_to_async(ran.append)("stored")
    async with asyncio.TaskGroup() as group:
        group.create_task(sync_to_async(ran.append)("in a group"))
    return HttpResponse("charged")


urlpatterns = [path("held/", held), path("sync/", sync), path("charge/", charge)]


class Hopping(MiddlewareMixin):
    """Needs a lane before the view, as most of other people's middleware."""

    def process_request(self, request: HttpRequest) -> None:
        if request.path != "/held/":
            ran.append("process_request")


class Storing(MiddlewareMixin):
    """Needs a lane after the view."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if request.path != "/held/":
            ran.append("process_response")
        return response


@pytest.fixture(autouse=True)
def site(settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__
    gate.clear()
    ran.clear()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition that a lane brings about."""
    async with asyncio.timeout(DEADLINE):
        while not condition():  # noqa: ASYNC110  # a thread cannot set an asyncio.Event
            await asyncio.sleep(0.005)


async def asked_when_all_is_full(
    page: str, queue: int = 0, wait: float = 0.05, accept: str = "*/*"
) -> tuple[Answer | None, Callable[[], Awaitable[Answer]]]:
    """Ask for a page while the only lane is held, and the queue is full if it has no place.

    Returns the answer, or None if it does not come before the lane is free; and what frees it and
    returns the answer in that case.
    """
    handler = Handler(Lanes(1, queue, wait))
    holder = asyncio.create_task(ask(handler, "/held/"))
    await until(lambda: handler.lanes.busy == 1)
    asked = asyncio.create_task(ask(handler, page, headers={"accept": accept}))
    await until(lambda: asked.done() or handler.lanes.waiting == 1)
    if queue:
        await until(lambda: asked.done() or not handler.lanes.waiting)

    async def free() -> Answer:
        gate.set()
        await holder
        answer = await asked
        await until(lambda: handler.lanes.busy == handler.lanes.waiting == 0)
        return answer

    return (asked.result() if asked.done() else None), free


def headers(answer: Answer) -> dict[str, str]:
    return {name.decode().lower(): value.decode() for name, value in answer.headers}


@pytest.mark.parametrize(("queue", "wait"), [(0, DEADLINE), (1, 0.05)], ids=["full", "late"])
async def test_synchronous_view_is_refused_before_it_runs_and_with_the_headers_of_the_site(
    queue: int, wait: float
) -> None:
    refused, free = await asked_when_all_is_full("/sync/", queue, wait)
    if refused is None:
        refused = await free()
    await free()
    assert refused.status == 503
    given = headers(refused)
    assert given["retry-after"] == str(max(1, round(wait)))
    assert given["x-frame-options"] == "DENY"
    assert given["x-content-type-options"] == "nosniff"
    assert "default-src 'self'" in given["content-security-policy"]
    assert "camera" in given["permissions-policy"]
    assert ran == []


@pytest.mark.parametrize(
    ("accept", "template", "sent"),
    [
        (BROWSER, "<h1>Busy in {% get_current_language as code %}{{ code }}</h1>", "Busy in en"),
        ("application/json", "<h1>Busy</h1>", refusal.TEXT),
        (BROWSER, None, refusal.TEXT),
        (BROWSER, "{% url 'no-such-page' %}", refusal.TEXT),
    ],
    ids=["browser", "program", "no-template", "broken-template"],
)
async def test_browser_sees_the_page_of_the_project(
    accept: str, template: str | None, sent: str, settings: Settings
) -> None:
    files = {} if template is None else {refusal.PAGE: "{% load i18n %}" + template}
    loader = ("django.template.loaders.locmem.Loader", files)
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [], "APP_DIRS": False}]
    settings.TEMPLATES[0]["OPTIONS"] = {"loaders": [loader]}
    refusal.page_for.cache_clear()
    refused, free = await asked_when_all_is_full("/sync/", accept=accept)
    await free()
    refusal.page_for.cache_clear()
    assert refused
    assert refused.status == 503
    assert sent in refused.body.decode()
    kind = "text/plain" if sent == refusal.TEXT else "text/html"
    assert headers(refused)["content-type"] == f"{kind}; charset=utf-8"
    assert headers(refused)["x-frame-options"] == "DENY"


async def test_middleware_that_needs_a_lane_is_refused_one_too(settings: Settings) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.Hopping"]
    refused, free = await asked_when_all_is_full("/charge/")
    await free()
    assert refused
    assert (refused.status, headers(refused)["x-frame-options"]) == (503, "DENY")
    assert ran == []


async def test_asynchronous_view_that_has_begun_is_never_refused(settings: Settings) -> None:
    settings.MIDDLEWARE = [f"{__name__}.Storing", *settings.MIDDLEWARE]
    answer, free = await asked_when_all_is_full("/charge/")
    assert answer is None
    assert ran == ["charged"]
    assert (await free()).body == b"charged"
    assert ran == ["charged", "stored", "in a group", "process_response"]


async def test_receivers_are_not_told_of_the_end_of_a_request_they_never_knew() -> None:
    def started(scope: Any = None, **named: Any) -> None:
        if scope["path"] != "/held/":
            ran.append("started")

    def finished(**named: Any) -> None:
        ran.append("finished")

    request_started.connect(started)
    request_finished.connect(finished)
    try:
        refused, free = await asked_when_all_is_full("/charge/")
        await free()
    finally:
        request_started.disconnect(started)
        request_finished.disconnect(finished)
    assert refused
    assert (refused.status, headers(refused)["x-frame-options"]) == (503, "DENY")
    assert ran == ["finished"]  # of the page that held the lane
