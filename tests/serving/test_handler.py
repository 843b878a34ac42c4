"""The handler and the native middleware: what views and receivers see is Django's."""

import asyncio
import re
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, cast

import httpx
import pytest
from django.contrib.auth.decorators import login_not_required
from django.core.asgi import get_asgi_application
from django.core.handlers.asgi import ASGIHandler
from django.core.signals import request_finished, request_started
from django.db import connection, transaction
from django.dispatch import Signal
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path
from django.utils.module_loading import import_string
from pytest_django import Settings

from asgi_serving import asgi
from asgi_serving.asgi import get_handler
from asgi_serving.handler.handler import Handler
from asgi_serving.handler.lanes import Lanes
from asgi_serving.handler.middleware_loading import NATIVE, native_middleware

from my_project.users.models import User

type Seen = dict[str, Any]
SEEN: Seen = {}
DEADLINE = 60

LARGE = "many words " * 10_000


def thread(request: HttpRequest) -> HttpResponse:
    request.session["visited"] = True
    SEEN["view"] = threading.get_ident()
    return HttpResponse("thread")


async def loop(request: HttpRequest) -> HttpResponse:
    SEEN["view"] = threading.get_ident()
    return HttpResponse("loop")


def write(request: HttpRequest) -> HttpResponse:
    with transaction.atomic():
        User.objects.create_user("ada")
        if request.GET.get("fail"):
            raise RuntimeError("rolled back")
    return HttpResponse("written")


async def slow(request: HttpRequest) -> HttpResponse:
    SEEN["began"].set()
    try:
        await asyncio.sleep(30)
    except asyncio.CancelledError:
        SEEN["cancelled"] = True
        raise
    return HttpResponse("slow")


def queries(request: HttpRequest) -> HttpResponse:
    User.objects.exists()
    return HttpResponse(str(len(connection.queries)))


async def outliving(request: HttpRequest) -> HttpResponse:
    async def task() -> int:
        await SEEN["answered"].wait()
        return await User.objects.acount()

    SEEN["task"] = asyncio.create_task(task())
    return HttpResponse("the task goes on")


def blocked(request: HttpRequest) -> HttpResponse:
    SEEN["gate"].wait(30)
    return HttpResponse("blocked")


async def stream(request: HttpRequest) -> StreamingHttpResponse:
    async def parts() -> AsyncIterator[bytes]:
        for part in (b"one ", b"two ", b"three"):
            yield part

    return StreamingHttpResponse(parts())


def messages(request: HttpRequest) -> HttpResponse:
    from django.contrib import messages as contrib  # noqa: PLC0415  # the name is the view's

    contrib.success(request, "Saved")
    return HttpResponse("message")


def failing(request: HttpRequest) -> HttpResponse:
    raise ValueError("a view that fails")


@login_not_required
def sizes(request: HttpRequest, size: str) -> HttpResponse:
    return HttpResponse(LARGE if size == "large" else "small " * 60)


def upload(request: HttpRequest) -> HttpResponse:
    file: Any = request.FILES["file"]
    return HttpResponse(f"{type(file).__name__} {file.size} {len(file.read())}")


class Closing(HttpResponse):
    """Does something when the answer has been sent."""

    def close(self) -> None:
        super().close()
        SEEN.setdefault("closed", []).append(threading.get_ident())


def closing(request: HttpRequest) -> HttpResponse:
    SEEN["view"] = threading.get_ident()
    return Closing("closing")


async def closing_async(request: HttpRequest) -> HttpResponse:
    return Closing("closing")


def closing_itself(request: HttpRequest) -> HttpResponse:
    response: Any = HttpResponse("closing")
    close = response.close
    response.close = lambda: (close(), SEEN.setdefault("closed", []).append(threading.get_ident()))
    return cast("HttpResponse", response)


@dataclass
class Unhashable:
    """A view that is equal to another one, although it answers something else."""

    answer: str = field(compare=False)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(self.answer)


urlpatterns = [
    path("thread/", thread),
    path("loop/", loop),
    path("write/", write),
    path("slow/", slow),
    path("queries/", queries),
    path("outliving/", outliving),
    path("blocked/", blocked),
    path("stream/", stream),
    path("messages/", messages),
    path("failing/", failing),
    path("sizes/<size>/", sizes),
    path("upload/", upload),
    path("closing/", closing),
    path("closing/async/", closing_async),
    path("closing/itself/", closing_itself),
    path("equal/one/", Unhashable("one")),
    path("equal/two/", Unhashable("two")),
]
MORE_MIDDLEWARE = [
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
]


@pytest.fixture(autouse=True)
def site(settings: Settings) -> None:
    """The pages above, and all the middleware there is a native one of."""
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = [*MORE_MIDDLEWARE, *settings.MIDDLEWARE]
    SEEN.clear()


def client(application: Any) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(application, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://testserver")


def ours(size: int = 4, queue: int = 100, wait: float = DEADLINE) -> Handler:
    return Handler(Lanes(size, queue, wait))


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition that a lane brings about."""
    async with asyncio.timeout(DEADLINE):
        while not condition():  # noqa: ASYNC110  # a thread cannot set an asyncio.Event
            await asyncio.sleep(0.005)


@pytest.mark.usefixtures("async_db")
async def test_synchronous_view_runs_on_a_lane_and_an_asynchronous_one_on_the_loop() -> None:
    application = ours()
    async with client(application) as http:
        await http.get("/loop/")
        assert SEEN["view"] == threading.get_ident()
        assert application.lanes.started == 0
        threads = set()
        for _ in range(5):
            await http.get("/thread/")
            threads.add(SEEN["view"])
            await until(lambda: application.lanes.busy == 0)
    assert len(threads) == application.lanes.started == 1
    assert threading.get_ident() not in threads


@pytest.mark.usefixtures("async_db")
async def test_transaction_of_a_view_is_kept_or_rolled_back() -> None:
    async with client(ours()) as http:
        assert (await http.get("/write/?fail=1")).status_code == 500
        assert await User.objects.acount() == 0
        assert (await http.get("/write/")).status_code == 200
    assert await User.objects.acount() == 1


@pytest.mark.usefixtures("async_db")
@pytest.mark.skipif(connection.vendor == "sqlite", reason="Django keeps one in memory open")
async def test_connections_are_closed_with_the_request() -> None:
    application = ours(size=1)
    async with client(application) as http:
        await http.get("/write/")
        await until(lambda: application.lanes.busy == 0)
    lane = application.lanes._free[0]  # noqa: SLF001  # to look at its thread from within
    lane.put(lambda: SEEN.update(connection=connection.connection))
    await until(lambda: "connection" in SEEN)
    assert SEEN["connection"] is None


@pytest.mark.usefixtures("async_db")
async def test_queries_are_logged_for_each_request_anew(settings: Settings) -> None:
    settings.DEBUG = True
    async with client(ours(size=1)) as http:
        assert [(await http.get("/queries/")).text for _ in range(3)] == ["1", "1", "1"]


@pytest.mark.usefixtures("async_db")
async def test_requests_past_lanes_and_queue_are_refused_and_asynchronous_ones_go_on() -> None:
    SEEN["gate"] = threading.Event()
    application = ours(size=1, queue=0, wait=7)
    async with client(application) as http:
        held = asyncio.create_task(http.get("/blocked/"))
        await until(lambda: application.lanes.busy == 1)
        refused = await http.get("/thread/")
        assert (await http.get("/loop/")).text == "loop"
        SEEN["gate"].set()
        assert (await held).text == "blocked"
        await until(lambda: application.lanes.busy == 0)
        assert (await http.get("/thread/")).text == "thread"
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "7")


@pytest.mark.usefixtures("async_db")
async def test_many_requests_at_a_time_are_all_answered() -> None:
    application = ours(size=4, queue=1000)
    async with client(application) as http:
        pages = [http.get("/loop/" if number % 2 else "/sizes/small/") for number in range(1000)]
        answers = await asyncio.gather(*pages)
    assert {answer.status_code for answer in answers} == {200}
    await until(lambda: application.lanes.busy == application.lanes.waiting == 0)
    assert application.lanes.started <= 4


@pytest.mark.usefixtures("async_db")
async def test_client_that_leaves_cancels_the_view() -> None:
    SEEN["began"] = asyncio.Event()
    application = ours()
    messages = [{"type": "http.request"}]
    left = asyncio.Event()

    async def receive() -> dict[str, Any]:
        if messages:
            return messages.pop()
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        pytest.fail(f"nothing is sent to a client that left: {message}")

    headers = [(b"host", b"testserver")]
    scope = {"type": "http", "method": "GET", "path": "/slow/", "headers": headers}
    request = asyncio.create_task(application({**scope, "query_string": b""}, receive, send))
    await asyncio.wait_for(SEEN["began"].wait(), DEADLINE)
    left.set()
    await asyncio.wait_for(request, 60)  # without an error
    assert SEEN["cancelled"]
    await until(lambda: application.lanes.busy == 0)


@pytest.mark.usefixtures("async_db")
async def test_task_that_outlives_its_request_takes_a_lane_for_each_call() -> None:
    SEEN["answered"] = asyncio.Event()
    application = ours(size=1, queue=0)
    async with client(application) as http:
        await http.get("/outliving/")
        SEEN["answered"].set()
        async with asyncio.timeout(DEADLINE):
            assert await SEEN["task"] == 0
        await until(lambda: application.lanes.busy == 0)
        assert (await http.get("/queries/")).status_code == 200
    assert application.lanes.started == 1


@pytest.mark.parametrize("page", ["closing", "closing/async", "closing/itself"])
async def test_close_of_a_response_is_called_once_and_not_on_the_loop(page: str) -> None:
    async with client(ours()) as http:
        assert (await http.get(f"/{page}/")).text == "closing"
    await until(lambda: "closed" in SEEN)
    assert len(SEEN["closed"]) == 1
    assert SEEN["closed"] != [threading.get_ident()]


async def test_views_need_no_hash_and_may_be_equal() -> None:
    async with client(ours()) as http:
        answers = [(await http.get(f"/equal/{number}/")).text for number in ("one", "two")]
    assert answers == ["one", "two"]


async def test_close_that_somebody_put_in_place_of_djangos_is_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    close = HttpResponse.close

    @wraps(close)
    def close_and_note(self: HttpResponse) -> None:
        SEEN["closed"] = True
        close(self)

    monkeypatch.setattr("django.http.response.HttpResponseBase.close", close_and_note)
    async with client(ours()) as http:
        await http.get("/loop/")
    await until(lambda: "closed" in SEEN)


@contextmanager
def connected(signal: Signal, receiver: Callable[..., Any]) -> Iterator[None]:
    signal.connect(receiver)
    try:
        yield
    finally:
        signal.disconnect(receiver)


@pytest.mark.usefixtures("async_db")
async def test_receivers_of_others_are_called_on_the_thread_of_the_request() -> None:
    calls: list[tuple[str, int]] = []

    def started(**named: Any) -> None:
        calls.append(("started", threading.get_ident()))

    async def started_too(**named: Any) -> None:
        calls.append(("started too", threading.get_ident()))

    def finished(**named: Any) -> None:
        calls.append(("finished", threading.get_ident()))

    with (
        connected(request_started, started),
        connected(request_started, started_too),
        connected(request_finished, finished),
    ):
        async with client(ours()) as http:
            await http.get("/thread/")
    lane, here = SEEN["view"], threading.get_ident()
    assert calls == [("started", lane), ("started too", here), ("finished", lane)]


EXCHANGES: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/loop/", {}),
    ("GET", "/loop", {}),
    ("GET", "/thread/", {}),
    ("GET", "/unknown/", {}),
    ("GET", "/failing/", {}),
    ("GET", "/stream/", {"headers": {"Accept-Encoding": "identity"}}),
    ("GET", "/messages/", {}),
    ("GET", "/sizes/small/", {"headers": {"Accept-Encoding": "gzip"}}),
    ("GET", "/sizes/large/", {"headers": {"Accept-Encoding": "identity"}}),
    ("HEAD", "/sizes/large/", {}),
    ("GET", "/sizes/small/", {"headers": {"Accept-Language": "de, en;q=0.5"}}),
    ("GET", "/loop/", {"headers": {"Host": "evil.example"}}),
    ("GET", "/loop/", {"cookies": {"sessionid": "unknown"}}),
    ("POST", "/loop/", {"data": {"a": "b"}}),
    ("POST", "/loop/", {"data": {"csrfmiddlewaretoken": "x" * 32}, "cookies": {"csrftoken": "x" * 32}}),
    ("POST", "/loop/", {"data": {"csrfmiddlewaretoken": "y" * 32}, "cookies": {"csrftoken": "x" * 32}}),
    ("POST", "/loop/", {"cookies": {"csrftoken": "short"}}),
    (
        "POST",
        "/upload/",
        {
            "files": {"file": b"x" * 3_000_000},
            "headers": {"X-CSRFToken": "x" * 32},
            "cookies": {"csrftoken": "x" * 32},
        },
    ),
]  # fmt: skip


@pytest.mark.usefixtures("async_db")
@pytest.mark.parametrize("login_required", [False, True])
@pytest.mark.parametrize("exchange", EXCHANGES, ids=lambda exchange: f"{exchange[0]}{exchange[1]}")
async def test_answer_is_that_of_django(
    exchange: tuple[str, str, dict[str, Any]], login_required: bool, settings: Settings
) -> None:
    if login_required:
        login = "django.contrib.auth.middleware.LoginRequiredMiddleware"
        settings.MIDDLEWARE = [*settings.MIDDLEWARE, login]
    method, page, details = exchange
    answers = []
    for application in (get_asgi_application(), ours()):
        cookies = details.get("cookies", {})
        async with client(application) as http:
            http.cookies.update(cookies)
            content = {name: value for name, value in details.items() if name != "cookies"}
            answers.append(await http.request(method, page, **content))
    stock, native = answers
    assert native.status_code == stock.status_code
    assert without_nonces(native.text) == without_nonces(stock.text)
    assert comparable(native) == comparable(stock)


def without_nonces(text: str) -> str:
    return re.sub(r"(nonce[-=]\"?)[\w-]+", r"\1", text)


def comparable(answer: httpx.Response) -> list[tuple[str, str]]:
    """Return the headers in their order, without what is random.

    That is a cookie's value, and the length of a compressed page, which GZipMiddleware pads.
    """
    random = {"expires", "content-length"} if "content-encoding" in answer.headers else {"expires"}
    return [
        (name, value.partition("=")[0] if name == "set-cookie" else without_nonces(value))
        for name, value in answer.headers.multi_items()
        if name not in random
    ]


def test_native_middleware_stands_for_that_of_the_same_name() -> None:
    for stock in NATIVE:
        native = import_string(native_middleware(stock))
        assert issubclass(native, import_string(stock))


def test_others_middleware_is_left_alone() -> None:
    assert native_middleware("shop.middleware.Basket") == "shop.middleware.Basket"


def test_lanes_can_be_turned_off(settings: Settings) -> None:
    assert type(get_handler()) is Handler
    settings.ASGI_SERVING = {"LANES": 0}
    assert type(get_handler()) is ASGIHandler


def test_unproven_django_is_left_to_its_own_handler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asgi, "PROVEN_ON", ((5, 2),))
    assert type(get_handler()) is ASGIHandler
