"""What would be served."""

from collections.abc import Awaitable
from functools import partial
from typing import Any, cast

import pytest
from django.urls import include, path
from pytest_django import Settings
from uvicorn import Config

from asgi_serving.checks.application import check_application, check_websocket_routes, why_not_asgi
from asgi_serving.routing import websocket
from asgi_serving.types import Receive, Scope, Send
from tests.serving.checks.conftest import Give, ids

HERE = "tests.serving.checks.test_application"


async def function(scope: Scope, receive: Receive, send: Send) -> None: ...
async def with_defaults(scope: Scope, receive: Receive, send: Send, own: int = 1) -> None: ...
async def asgi_2(scope: Scope) -> None: ...
def wsgi(environ: Any, start_response: Any) -> None: ...
def returns_awaitable(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
    return function(scope, receive, send)


class Callable:
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...


instance = Callable()
bound = instance.__call__
text = "config.asgi"
partly = partial(with_defaults, own=2)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("config.asgi:application", []),
        (f"{HERE}:function", []),
        (f"{HERE}:instance", []),
        (f"{HERE}:partly", ["E007"]),
        (f"{HERE}:wsgi", ["E007"]),
        (f"{HERE}:Callable", ["E007"]),
        (f"{HERE}:text", ["E007"]),
        (f"{HERE}:absent", ["E007"]),
        ("no_such_module:application", ["E007"]),
    ],
)
def test_application(config_file: Give, name: str, found: list[str]) -> None:
    config_file(f"wsgi_app = {name!r}")
    assert ids(check_application(None)) == found


@pytest.mark.parametrize("candidate", [function, with_defaults, instance])
def test_what_uvicorn_calls_as_it_should(candidate: Any) -> None:
    config = Config(candidate)
    config.load()
    assert (why_not_asgi(candidate), config.interface) == ("", "asgi3")


@pytest.mark.parametrize("candidate", [returns_awaitable, bound, partly])
def test_what_uvicorn_takes_for_something_else(candidate: Any) -> None:
    config = Config(candidate)
    config.load()
    assert "no coroutine function" in why_not_asgi(candidate)
    assert config.interface == "asgi2"


@pytest.mark.parametrize("candidate", [asgi_2, wsgi, Callable, text, None])
def test_what_takes_other_arguments(candidate: Any) -> None:
    assert why_not_asgi(candidate)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({}, []),
        ([], []),
        ({"/echo/": function, "/chat/": instance, "/more/": bound, "/rest/": partly}, []),
        (
            [
                websocket("echo/<int:number>/", function),
                path("in/", include([websocket("", bound)])),
            ],
            [],
        ),
        ({"/echo/": wsgi}, ["E008"]),
        ([websocket("/echo/", function)], ["E008"]),
        ([websocket("/echo/", cast("Any", wsgi))], ["E008", "E008"]),
        ([path("in/", include([websocket("", cast("Any", wsgi))]))], ["E008"]),
        ([function], ["E008"]),
        (function, ["E008"]),
    ],
)
def test_websocket_routes(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, value: Any, found: list[str]
) -> None:
    monkeypatch.setitem(globals(), "routes", value)
    settings.ASGI_SERVING = {"WEBSOCKET_ROUTES": f"{HERE}.routes"}
    assert ids(check_websocket_routes(None)) == found


def test_websocket_routes_that_are_not_there(settings: Settings) -> None:
    settings.ASGI_SERVING = {"WEBSOCKET_ROUTES": "config.nowhere.routes"}
    assert ids(check_websocket_routes(None)) == ["E008"]
