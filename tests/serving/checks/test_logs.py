"""Loggers that a configuration would disable."""

from typing import Any

import pytest
from django.conf import settings

from asgi_serving.checks.logs import check_loggers
from tests.serving.checks.conftest import ids

BOTH: dict[str, Any] = {"gunicorn.error": {}, "uvicorn.error": {}}


@pytest.mark.parametrize(
    ("logging", "found"),
    [
        ({"version": 1}, ["W032"]),
        ({"version": 1, "disable_existing_loggers": True}, ["W032"]),
        ({"version": 1, "loggers": {"django": {}}}, ["W032"]),
        ({"version": 1, "loggers": {"gunicorn.error": {}}}, ["W032"]),
        ({"version": 1, "disable_existing_loggers": False}, []),
        ({"version": 1, "disable_existing_loggers": True, "loggers": BOTH}, []),
        ({"version": 1, "loggers": {"gunicorn": {}, "uvicorn": {}}}, []),
        ({"version": 1, "incremental": True}, []),
        ({}, []),
    ],
)
def test_loggers(
    monkeypatch: pytest.MonkeyPatch, logging: dict[str, Any], found: list[str]
) -> None:
    monkeypatch.setattr(settings, "LOGGING", logging)
    assert ids(check_loggers(None)) == found


@pytest.mark.parametrize("configure", [None, "", "logging.config.fileConfig", print])
def test_logging_that_django_does_not_configure(
    monkeypatch: pytest.MonkeyPatch, configure: Any
) -> None:
    monkeypatch.setattr(settings, "LOGGING", {"version": 1})
    monkeypatch.setattr(settings, "LOGGING_CONFIG", configure)
    assert ids(check_loggers(None)) == []
