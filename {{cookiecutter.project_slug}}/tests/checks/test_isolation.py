"""Middleware that is known to leave data in its thread."""

import pytest
from pytest_django import Settings

from asgi_serving.checks.isolation import NEVER_CLEANED, check_reused_threads
from tests.checks.conftest import ids

LANES = {"size": 10, "queue": 1, "wait": 1}


@pytest.mark.parametrize(
    ("lanes", "found"),
    [
        (LANES, ["W021"]),
        ({**LANES, "reuse": True}, ["W021"]),
        ({**LANES, "reuse": False}, []),
        (None, []),
    ],
)
@pytest.mark.parametrize("path", NEVER_CLEANED)
def test_middleware_that_needs_new_threads(
    settings: Settings, lanes: dict[str, int] | None, found: list[str], path: str
) -> None:
    settings.LANES = lanes
    assert check_reused_threads(None) == []
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, path]
    messages = check_reused_threads(None)
    assert ids(messages) == found
    assert all(path in message.msg for message in messages)
