"""Packages that Uvicorn uses when they are there."""

from importlib.util import find_spec

import pytest
from pytest_django import Settings

from asgi_serving.checks import protocols
from asgi_serving.checks.protocols import check_packages
from tests.serving.checks.conftest import ids


@pytest.mark.parametrize(
    ("missing", "routes", "found"),
    [
        ({"httptools"}, "config.websocket.routes", ["I001"]),
        ({"uvloop", "httptools"}, "config.websocket.routes", ["I001"]),
        ({"websockets", "wsproto"}, "tests.serving.site.websocket.routes", ["W006"]),
        (
            {"websockets", "wsproto", "uvloop"},
            "tests.serving.site.websocket.routes",
            ["I001", "W006"],
        ),
        ({"websockets", "wsproto"}, "config.websocket.routes", []),
        ({"websockets", "wsproto"}, "config.nowhere.routes", []),
        ({"wsproto"}, "tests.serving.site.websocket.routes", []),
        (set(), "tests.serving.site.websocket.routes", []),
    ],
)
def test_packages(
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    missing: set[str],
    routes: str,
    found: list[str],
) -> None:
    settings.ASGI_SERVING = {"WEBSOCKET_ROUTES": routes}
    monkeypatch.setattr(
        protocols,
        "find_spec",
        lambda name: None if name in missing else find_spec("websockets"),
    )
    messages = check_packages(None)
    assert ids(messages) == found
    assert all(name in messages[0].msg for name in missing & {"uvloop", "httptools"})
