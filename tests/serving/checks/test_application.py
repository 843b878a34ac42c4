"""What would be served."""

from collections.abc import Awaitable
from functools import partial
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import pytest
from django.urls import include, path
from pytest_django import Settings
from uvicorn import Config

from asgi_serving.checks.application import check_application, check_websocket_routes
from asgi_serving.checks.asgi_interface import why_not_asgi
from asgi_serving.routing import websocket
from asgi_serving.types import Receive, Scope, Send
from asgi_serving.worker import Worker
from tests.serving.checks.conftest import Give, ids

HERE = "tests.serving.checks.test_application"
OURS = "worker_class = 'asgi_serving.worker.Worker'"


async def function(scope: Scope, receive: Receive, send: Send) -> None: ...
async def with_defaults(scope: Scope, receive: Receive, send: Send, own: int = 1) -> None: ...
async def asgi_2(scope: Scope) -> None: ...
def wsgi(environ: Any, start_response: Any) -> None: ...
def returns_awaitable(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
    return function(scope, receive, send)


class Callable:
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...


class Asgi2:
    def __init__(self, scope: Scope) -> None: ...
    async def __call__(self, receive: Receive, send: Send) -> None: ...


def asgi_2_of_two_calls(scope: Scope) -> Any:
    return function


class Told(Worker):
    CONFIG_KWARGS = {**Worker.CONFIG_KWARGS, "interface": "asgi3"}


def made(number: int) -> Any:
    return instance


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
    config_file(f"{OURS}; wsgi_app = {name!r}")
    assert ids(check_application(None)) == found


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (f"wsgi_app = '{HERE}:wsgi'", ["W035"]),  # a command line may name the worker
        (f"worker_class = 'gthread'; wsgi_app = '{HERE}:wsgi'", []),
        (f"worker_class = 'asgi'; wsgi_app = '{HERE}:wsgi'", ["E007"]),
        (f"worker_class = 'asgi'; wsgi_app = '{HERE}:partly'", []),
        (f"worker_class = '{HERE}.Told'; wsgi_app = '{HERE}:partly'", []),
        (f"{OURS}; wsgi_app = '{HERE}:made(3)'", []),
        (f"{OURS}; wsgi_app = '{HERE}'", ["E007"]),  # it has no `application`
        (f"{OURS}; wsgi_app = 'config.asgi'", []),
        (f"{OURS}; wsgi_app = 'elsewhere:application'; pythonpath = __file__[:-11]", []),
    ],
)
def test_application_is_looked_at_as_gunicorn_does(
    config_file: Give, tmp_path: Path, content: str, found: list[str]
) -> None:
    (tmp_path / "elsewhere.py").write_text(f"from {HERE} import function as application")
    config_file(content)
    assert ids(check_application(None)) == found


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("open('/absent')", ["W035"]),
        ("import os; os.environ['ABSENT_HERE']", ["W035"]),
        ("raise SystemExit('not here')", ["W035"]),
        ("from django.db import OperationalError; raise OperationalError('no such table')", []),
        ("import no_such_module", ["E007"]),
        ("import", ["E007"]),
        ("application = absent", ["E007"]),
    ],
)
def test_import_that_fails(config_file: Give, tmp_path: Path, code: str, found: list[str]) -> None:
    """What another machine may have is no error."""
    module = f"served_{uuid4().hex}"
    (tmp_path / f"{module}.py").write_text(code)
    config_file(f"{OURS}; wsgi_app = '{module}:application'; pythonpath = {str(tmp_path)!r}")
    assert ids(check_application(None)) == found


@pytest.mark.parametrize(
    ("name", "found"),
    [(f"{HERE}.function", []), (f"{HERE}.wsgi", ["W035"]), ("no.such.thing", ["W035"]), ("", [])],
)
def test_setting_of_development_servers_is_no_more_than_a_guess(
    settings: Settings, config_file: Give, name: str, found: list[str]
) -> None:
    config_file(OURS)
    settings.ASGI_APPLICATION = name
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


@pytest.mark.parametrize("candidate", [Asgi2, asgi_2_of_two_calls])
def test_asgi_2_is_served(candidate: Any) -> None:
    config = Config(candidate)
    config.load()
    assert (why_not_asgi(candidate), config.interface) == ("", "asgi2")


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
        ({"/echo/": wsgi}, ["W036"]),
        ([websocket("/echo/", function)], ["W036"]),
        ([websocket("/echo/", cast("Any", wsgi))], ["W036", "W036"]),
        ([path("in/", include([websocket("", cast("Any", wsgi))]))], ["W036"]),
        ([function], ["W036"]),
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
