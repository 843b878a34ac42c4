"""Native middleware takes the place of Django's, and nobody who looks sees a difference."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.middleware import SessionMiddleware
from django.core import asgi
from django.core.handlers import base
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import module_loading
from django.utils.deprecation import MiddlewareMixin
from django.utils.module_loading import import_string
from pytest_django import Settings

from asgi_serving.asgi import get_handler
from asgi_serving.handler import middleware
from asgi_serving.handler.handler import Handler
from asgi_serving.handler.lanes import Lanes
from tests.serving.exchange import ask

type Convert = Callable[[Callable[..., Any]], Callable[..., Any]]

DEADLINE = 60
SESSIONS = "django.contrib.sessions.middleware.SessionMiddleware"


def view(request: HttpRequest) -> HttpResponse:
    return HttpResponse("view")


urlpatterns = [path("", view)]


@pytest.fixture(autouse=True)
def site(settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__


def handler() -> Handler:
    return Handler(Lanes(1, 0, DEADLINE))


class Looking:
    """Looks, while it is made, at what packages look at."""

    seen: list[Any] = []
    async_capable = sync_capable = True

    def __init__(self, get_response: Callable[..., Any]) -> None:
        from django.conf import settings  # noqa: PLC0415  # as somebody else would

        self.seen.append(list(settings.MIDDLEWARE))
        thread = threading.Thread(target=lambda: self.seen.append(import_string(SESSIONS)))
        thread.start()
        thread.join()


class Adding(MiddlewareMixin):
    """As most of other people's middleware."""


async def test_middleware_sees_the_list_that_the_project_wrote(settings: Settings) -> None:
    settings.MIDDLEWARE = [f"{__name__}.Looking", SESSIONS]
    Looking.seen.clear()
    handler()
    assert Looking.seen == [settings.MIDDLEWARE, SessionMiddleware]
    assert import_string(SESSIONS) is SessionMiddleware


async def test_what_others_put_in_place_of_djangos_functions_is_called_with_djangos_names(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MIDDLEWARE = [SESSIONS]
    imported: dict[str, Any] = {}
    converted = []
    convert: Convert = vars(base)["convert_exception_to_response"]

    def import_and_note(path: str) -> Any:
        return imported.setdefault(path, import_string(path))

    def convert_and_note(get_response: Callable[..., Any]) -> Callable[..., Any]:
        converted.append(get_response.__qualname__)
        return convert(get_response)

    monkeypatch.setattr(base, "import_string", import_and_note)
    monkeypatch.setattr(base, "convert_exception_to_response", convert_and_note)
    assert (await ask(handler(), "/")).status == 200
    assert imported == {SESSIONS: middleware.SessionMiddleware}
    assert len(converted) == 2
    assert vars(base)["convert_exception_to_response"] is convert_and_note


async def test_view_methods_have_the_names_of_djangos(settings: Settings) -> None:
    settings.MIDDLEWARE = [
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.LoginRequiredMiddleware",
    ]
    methods = vars(handler())["_view_middleware"]  # what others look at
    assert [method.__qualname__ for method in methods] == [
        "CsrfViewMiddleware.process_view",
        "LoginRequiredMiddleware.process_view",
    ]


async def test_handlers_that_are_converted_have_the_names_of_middleware(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MIDDLEWARE = [f"{__name__}.Adding"]
    converted = []
    convert: Convert = vars(base)["convert_exception_to_response"]

    def convert_and_note(get_response: Callable[..., Any]) -> Callable[..., Any]:
        converted.append((get_response.__module__, get_response.__qualname__))
        return convert(get_response)

    monkeypatch.setattr(base, "convert_exception_to_response", convert_and_note)
    handler()
    assert (__name__, "Adding") in converted


async def test_loading_that_fails_leaves_nothing_changed(settings: Settings) -> None:
    before = {**vars(base), **vars(module_loading)}
    settings.MIDDLEWARE = ["no.such.Middleware"]
    with pytest.raises(ImportError):
        handler()
    assert {**vars(base), **vars(module_loading)} == before


async def test_what_wraps_djangos_functions_wraps_this_handler(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls = []
    make, call = asgi.get_asgi_application, ASGIHandler.__call__

    def wrapped_make() -> Any:
        calls.append("made")
        return make()

    async def wrapped_call(self: ASGIHandler, *connection: Any) -> None:
        calls.append("called")
        await call(self, *connection)

    monkeypatch.setattr(asgi, "get_asgi_application", wrapped_make)
    monkeypatch.setattr(ASGIHandler, "__call__", wrapped_call)
    application = get_handler()
    assert type(application) is Handler
    assert vars(asgi)["ASGIHandler"] is ASGIHandler
    assert (await ask(application, "/")).body == b"view"
    assert calls == ["made", "called"]
