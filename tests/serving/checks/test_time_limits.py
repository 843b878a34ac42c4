"""Limits of time, next to those of the container and of the proxy."""

import pytest
from pytest_django import Settings

from asgi_serving.checks.time_limits import check_time_limits
from tests.serving.checks.conftest import Give, ids

LOCAL = "--bind 127.0.0.1:8000"
OPEN = "--bind 0.0.0.0:8000 --forwarded-allow-ips 127.0.0.1"


@pytest.mark.parametrize(
    ("arguments", "granted", "found"),
    [
        ("--graceful-timeout 30", 10, ["W009"]),
        ("--graceful-timeout 30", 30, ["W009"]),
        (f"--keep-alive 2 {LOCAL}", 0, ["W010"]),
        ("--keep-alive 5 --bind unix:/run/x", 0, ["W010"]),
        ("--keep-alive 5 --bind 0.0.0.0:80 --forwarded-allow-ips 10.0.0.0/8", 0, ["W010"]),
        (f"--keep-alive 2 --graceful-timeout 9 {LOCAL}", 9, ["W009", "W010"]),
        ("--graceful-timeout 30", 31, []),
        ("--graceful-timeout 300", 0, []),
        (f"--keep-alive 6 {LOCAL}", 0, []),
        (f"--keep-alive 2 {OPEN}", 0, []),  # clients connect themselves
        ("", 40, []),
        ("", 0, []),
    ],
)
def test_time_limits(
    settings: Settings, flags: Give, arguments: str, granted: int, found: list[str]
) -> None:
    flags(arguments)
    settings.ASGI_SERVING = {"STOP_GRACE_PERIOD": granted}
    assert ids(check_time_limits(None)) == found
