"""Middleware that goes to a thread."""

from collections.abc import Callable

import pytest
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import async_only_middleware, sync_and_async_middleware
from django.utils.deprecation import MiddlewareMixin
from pytest_django import Settings

from asgi_serving.checks.middleware import check_middleware, middleware
from tests.serving.checks.conftest import ids

HERE = "tests.serving.checks.test_middleware"

type Responder = Callable[[HttpRequest], HttpResponse]


def only_synchronous(get_response: Responder) -> Responder:
    return get_response


@sync_and_async_middleware
def both(get_response: Responder) -> Responder:
    return get_response


@async_only_middleware
def only_asynchronous(get_response: Responder) -> Responder:
    return get_response


class Requests(MiddlewareMixin):
    def process_request(self, request: HttpRequest) -> None: ...


class Everything(Requests):
    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        return response


class Native(Everything):
    async def __acall__(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class Views(MiddlewareMixin):
    def process_view(self, request: HttpRequest, *view: object) -> None: ...


@pytest.mark.parametrize(
    ("name", "hops"),
    [
        ("only_synchronous", 1),
        ("Requests", 1),
        ("Everything", 2),
        ("both", 0),
        ("only_asynchronous", 0),
        ("Native", 0),
        ("Views", 0),
    ],
)
def test_hops(settings: Settings, name: str, hops: int) -> None:
    settings.MIDDLEWARE = [f"{HERE}.{name}"]
    assert [each.hops for each in middleware()] == [hops]
    assert ids(check_middleware(None)) == (["I002"] if hops else [])


def test_others_run_where_one_is_synchronous_alone(settings: Settings) -> None:
    settings.MIDDLEWARE = [f"{HERE}.Everything", f"{HERE}.only_synchronous", f"{HERE}.both"]
    assert [each.hops for each in middleware()] == [0, 1, 0]


def test_middleware_of_this_project_goes_to_no_thread(settings: Settings) -> None:
    assert len(list(middleware())) == len(settings.MIDDLEWARE)
    assert ids(check_middleware(None)) == []


def test_djangos_handler_is_asked_for(settings: Settings) -> None:
    settings.MIDDLEWARE = [f"{HERE}.only_synchronous"]
    settings.ASGI_SERVING = {"LANES": 0}
    assert ids(check_middleware(None)) == []


def test_whitenoise(settings: Settings) -> None:
    settings.MIDDLEWARE = ["whitenoise.middleware.WhiteNoiseMiddleware"]
    assert ids(check_middleware(None)) == ["W007"]
