"""The handler, next to the installed Django."""

import django
import pytest
from pytest_django import Settings

from asgi_serving.checks import handler
from tests.checks.conftest import ids

LANES = {"size": 10, "queue": 1, "wait": 1}


@pytest.mark.parametrize(
    ("proven", "lanes", "found"),
    [
        ((5, 2), LANES, ["W002"]),
        ((2028, 1), LANES, ["W002"]),
        ((5, 2), None, []),
        (django.VERSION[:2], LANES, []),
    ],
)
def test_handler_that_stepped_aside(
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    proven: tuple[int, int],
    lanes: dict[str, int] | None,
    found: list[str],
) -> None:
    monkeypatch.setattr(handler, "PROVEN_ON", (proven,))
    settings.LANES = lanes
    assert ids(handler.check_proven_on(None)) == found
