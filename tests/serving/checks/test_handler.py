"""The handler, next to the installed Django."""

import django
import pytest
from pytest_django import Settings

from asgi_serving.checks import handler
from tests.serving.checks.conftest import ids


@pytest.mark.parametrize(
    ("proven", "lanes", "found"),
    [
        ((4, 2), 10, ["W002"]),
        ((2028, 1), 10, ["W002"]),
        ((4, 2), 0, []),
        (django.VERSION[:2], 10, []),
    ],
)
def test_handler_that_stepped_aside(
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    proven: tuple[int, int],
    lanes: int,
    found: list[str],
) -> None:
    monkeypatch.setattr(handler, "PROVEN_ON", (proven,))
    settings.ASGI_SERVING = {"LANES": lanes}
    assert ids(handler.check_proven_on(None)) == found
