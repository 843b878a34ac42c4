"""Django's own kinds of test cases, for pytest and for `manage.py test` with the library's runner."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.template import engines
from django.template.response import TemplateResponse
from django.test import (
    SimpleTestCase,
    TestCase,
    TransactionTestCase,
    override_settings,
)
from django.urls import path

from asgi_serving.testing import AsyncClient, Client

from my_project.users.models import User

busy = threading.Lock()


def thread(request: HttpRequest) -> HttpResponse:
    return HttpResponse(threading.current_thread().name)


async def thread_of_async_view(request: HttpRequest) -> HttpResponse:
    return HttpResponse(await sync_to_async(lambda: threading.current_thread().name)())


def sign_up(request: HttpRequest, name: str) -> HttpResponse:
    with transaction.atomic():
        User.objects.create_user(name)
    return HttpResponse(" ".join(names()))


async def sign_up_async(request: HttpRequest, name: str) -> HttpResponse:
    await User.objects.acreate_user(name)
    return HttpResponse(" ".join([user.get_username() async for user in User.objects.all()]))


def alone(request: HttpRequest) -> HttpResponse:
    """Be in a transaction for a while, and fail if another view is in one."""
    with transaction.atomic():
        free = busy.acquire(blocking=False)
        time.sleep(0.002)  # others get their chance
        User.objects.exists()
        if free:
            busy.release()
    return HttpResponse("alone" if free else "not alone")


def fail(request: HttpRequest) -> HttpResponse:
    raise ValueError("The view fails")


def template(request: HttpRequest) -> HttpResponse:
    return TemplateResponse(request, engines["django"].from_string("{{ of_view }}"), {"of_view": 1})


def stream(request: HttpRequest) -> StreamingHttpResponse:
    def parts() -> Iterator[str]:
        yield from names()

    return StreamingHttpResponse(parts())


def nested(request: HttpRequest, name: str) -> HttpResponse:
    """Be a client oneself, while the one who asked waits: a second lane takes part."""
    with transaction.atomic():
        User.objects.create_user("outer")
        inner = Client().get(f"/sign-up/{name}/")
        asked = async_to_sync(AsyncClient().get)(f"/sign-up/{name}-async/")
    return HttpResponse(asked.content if inner.status_code == 200 else b"")


def nested_status(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(Client().get("/thread/").status_code))


def meta(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{request.META.get('REMOTE_USER')} {request.META['REMOTE_ADDR']}")


def names() -> list[str]:
    return [user.get_username() for user in User.objects.order_by("pk")]


urlpatterns = [
    path("thread/", thread),
    path("thread/async/", thread_of_async_view),
    path("sign-up/<name>/", sign_up),
    path("sign-up/<name>/async/", sign_up_async),
    path("alone/", alone),
    path("fail/", fail),
    path("template/", template),
    path("stream/", stream),
    path("nested/<name>/", nested),
    path("nested-status/", nested_status),
    path("meta/", meta),
]


class Cases:
    """What holds with a transaction around the test, and without one."""

    client: Any
    async_client: Any
    assertNumQueries: Any  # noqa: N815  # unittest's style

    def test_views_run_on_lanes_with_the_connection_of_the_test(self) -> None:
        User.objects.create_user("ada")
        assert self.client.get("/thread/").content.startswith(b"lane-")
        assert self.client.get("/thread/async/").content.startswith(b"lane-")
        assert self.client.get("/sign-up/bob/").content == b"ada bob"
        assert self.client.get("/sign-up/cid/async/").content == b"ada bob cid"
        assert names() == ["ada", "bob", "cid"]
        assert b"".join(self.client.get("/stream/")) == b"adabobcid"
        assert not connection.allow_thread_sharing

    async def test_views_run_on_lanes_for_an_asynchronous_test(self) -> None:
        await User.objects.acreate_user("ada")
        assert (await self.async_client.get("/thread/")).content.startswith(b"lane-")
        assert (await self.async_client.get("/thread/async/")).content.startswith(b"lane-")
        assert (await self.async_client.get("/sign-up/bob/")).content == b"ada bob"
        assert (await self.async_client.get("/sign-up/cid/async/")).content == b"ada bob cid"
        assert await sync_to_async(names)() == ["ada", "bob", "cid"]

    def test_view_may_be_a_client_itself(self) -> None:
        assert self.client.get("/nested/ada/").content == b"outer ada ada-async"

    def test_queries_of_a_view_are_counted(self) -> None:
        with self.assertNumQueries(1):
            b"".join(self.client.get("/stream/"))
        with self.assertNumQueries(4):  # with those of `atomic`
            self.client.get("/sign-up/ada/")


@override_settings(ROOT_URLCONF="tests.serving.testing_cases")
class InTransaction(Cases, TestCase):
    def test_callbacks_wait_for_the_commit(self) -> None:
        with self.captureOnCommitCallbacks(execute=True) as callbacks:
            transaction.on_commit(lambda: None)
            self.client.get("/sign-up/ada/")
        assert len(callbacks) == 1


@override_settings(ROOT_URLCONF="tests.serving.testing_cases")
class InNoTransaction(Cases, TransactionTestCase):
    pass


@override_settings(ROOT_URLCONF="tests.serving.testing_cases")
class WithoutDatabase(SimpleTestCase):
    forbidden = (AssertionError, RuntimeError)  # of Django, and of pytest-django

    def test_view_may_not_query(self) -> None:
        assert self.client.get("/thread/").content.startswith(b"lane-")
        with pytest.raises(self.forbidden, match="not allowed"):
            self.client.get("/sign-up/ada/")

    async def test_view_may_not_query_in_an_asynchronous_test(self) -> None:
        assert (await self.async_client.get("/thread/")).content.startswith(b"lane-")
        with pytest.raises(self.forbidden, match="not allowed"):
            await self.async_client.get("/sign-up/ada/")

    def test_clients_are_the_librarys(self) -> None:
        assert type(self.client) is Client
        assert type(self.async_client) is AsyncClient
