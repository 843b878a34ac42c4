"""What fails, at any layer, is answered as Django answers it, and no lane is lost."""

import asyncio
from typing import Any

import pytest
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest, HttpResponse
from django.utils.deprecation import MiddlewareMixin
from pytest_django import Settings

from asgi_serving.handler.handler import Handler
from asgi_serving.handler.lanes import Lanes
from asgi_serving.types import Message
from tests.serving.exchange import ask

DEADLINE = 60


class Failing(MiddlewareMixin):
    """Fails where the request says."""

    def process_request(self, request: HttpRequest) -> None:
        self.fail(request, "request")

    def process_view(self, request: HttpRequest, *view: Any) -> None:
        self.fail(request, "view")

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        self.fail(request, "response")
        return response

    def fail(self, request: HttpRequest, where: str) -> None:
        if request.headers.get("Fail") == where:
            raise RuntimeError(where)


class Rescuing(MiddlewareMixin):
    """Answers for a view that failed."""

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse:
        return HttpResponse(f"rescued from {exception}")


@pytest.fixture(autouse=True)
def site(settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.serving.site.urls"


@pytest.fixture
def lanes() -> Lanes:
    return Lanes(2, 0, DEADLINE)


async def free(lanes: Lanes) -> None:
    """Wait until no lane is busy."""
    async with asyncio.timeout(DEADLINE):
        while lanes.busy:  # noqa: ASYNC110  # a thread cannot set an asyncio.Event
            await asyncio.sleep(0.001)


FAILURES = {
    "request": ("/pages/plain/async/", "request", 500),
    "view of middleware": ("/pages/plain/async/", "view", 500),
    "response": ("/pages/plain/async/", "response", 500),
    "view": ("/pages/fail/", "", 500),
    "asynchronous view": ("/pages/fail/async/", "", 500),
    "rendering": ("/pages/fail/render/", "", 500),
    "rendering of an asynchronous view": ("/pages/fail/render/async/", "", 500),
    "nothing there": ("/pages/no-such-page/", "", 404),
}


@pytest.mark.parametrize("rescuing", [False, True], ids=["", "rescuing"])
@pytest.mark.parametrize(("page", "where", "status"), FAILURES.values(), ids=FAILURES)
async def test_failure_is_answered_as_by_django(  # noqa: PLR0913  # two are fixtures
    settings: Settings, lanes: Lanes, page: str, where: str, status: int, *, rescuing: bool
) -> None:
    between = [f"{__name__}.Rescuing"] if rescuing else []
    settings.MIDDLEWARE = [
        *settings.MIDDLEWARE[:4], f"{__name__}.Failing", *between, *settings.MIDDLEWARE[4:],
    ]  # fmt: skip
    headers = {"Fail": where}
    stock = await ask(ASGIHandler(), page, headers=headers)
    own = await ask(Handler(lanes), page, headers=headers)
    assert own == stock
    assert own.status == (200 if rescuing and "/fail/" in page else status)
    await free(lanes)


@pytest.mark.parametrize("page", ["/pages/fail/stream/", "/pages/fail/stream/async/"])
async def test_failure_in_a_stream_reaches_the_server(lanes: Lanes, page: str) -> None:
    with pytest.raises(RuntimeError, match="The stream fails"):
        await ask(ASGIHandler(), page)
    with pytest.raises(RuntimeError, match="The stream fails"):
        await ask(Handler(lanes), page)
    await free(lanes)


async def test_message_after_the_body_is_an_error(lanes: Lanes, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["*"]

    async def receive() -> Message:
        return {"type": "http.request"}

    scope = {"type": "http", "method": "GET", "path": "/pages/patient/", "headers": []}
    with pytest.raises(AssertionError, match="Invalid ASGI message after request body"):
        await asyncio.wait_for(
            Handler(lanes)({**scope, "query_string": b""}, receive, never_called), DEADLINE
        )
    await free(lanes)


async def never_called(*message: Message) -> Any:
    raise AssertionError(message)


async def test_other_connections_are_refused(lanes: Lanes) -> None:
    with pytest.raises(ValueError, match="Django can only handle ASGI/HTTP"):
        await Handler(lanes)({"type": "websocket"}, never_called, never_called)
