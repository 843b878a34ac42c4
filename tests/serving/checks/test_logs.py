"""Loggers that a configuration would disable."""

from typing import Any

import pytest
from pytest_django import Settings

from asgi_serving.checks.logs import check_loggers
from tests.serving.checks.conftest import ids

BOTH: dict[str, Any] = {"gunicorn.error": {}, "uvicorn.error": {}}


@pytest.mark.parametrize(
    ("logging", "found"),
    [
        ({"version": 1}, ["E013"]),
        ({"version": 1, "disable_existing_loggers": True}, ["E013"]),
        ({"version": 1, "loggers": {"django": {}}}, ["E013"]),
        ({"version": 1, "loggers": {"gunicorn.error": {}}}, ["E013"]),
        ({"version": 1, "disable_existing_loggers": False}, []),
        ({"version": 1, "disable_existing_loggers": True, "loggers": BOTH}, []),
        ({"version": 1, "loggers": {"gunicorn": {}, "uvicorn": {}}}, []),
        ({"version": 1, "incremental": True}, []),
        ({}, []),
    ],
)
def test_loggers(settings: Settings, logging: dict[str, Any], found: list[str]) -> None:
    settings.LOGGING = logging
    assert ids(check_loggers(None)) == found


def test_logging_that_django_does_not_configure(settings: Settings) -> None:
    settings.LOGGING = {"version": 1}
    settings.LOGGING_CONFIG = None
    assert ids(check_loggers(None)) == []
