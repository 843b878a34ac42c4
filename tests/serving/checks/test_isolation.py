"""Middleware that is known to leave data in its thread."""

import pytest
from pytest_django import Settings

from asgi_serving.checks.isolation import NEVER_CLEANED, check_reused_threads
from tests.serving.checks.conftest import ids


@pytest.mark.parametrize(
    ("lanes", "found"),
    [
        ({}, ["W021"]),
        ({"LANES_REUSE": True}, ["W021"]),
        ({"LANES_REUSE": False}, []),
        ({"LANES": 0}, []),
    ],
)
@pytest.mark.parametrize("path", NEVER_CLEANED)
def test_middleware_that_needs_new_threads(
    settings: Settings, lanes: dict[str, int], found: list[str], path: str
) -> None:
    settings.ASGI_SERVING = lanes
    assert check_reused_threads(None) == []
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, path]
    messages = check_reused_threads(None)
    assert ids(messages) == found
    assert all(path in message.msg for message in messages)
