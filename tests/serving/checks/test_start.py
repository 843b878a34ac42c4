"""A worker checks the project before it serves it."""

import json
from pathlib import Path

import pytest

from tests.serving.server import gunicorn, manage, start

MISTAKE = {"GUNICORN_CMD_ARGS": "--config tests/serving/site/gunicorn_asgi_2.py"}


def test_server_does_not_start_with_an_error(production: dict[str, str]) -> None:
    refused = start({**production, **MISTAKE, "WEB_CONCURRENCY": "1"})
    assert refused.returncode == 4
    assert refused.stdout.count("asgi_serving.E007") == 1
    assert "Uvicorn sees no coroutine function in it" in refused.stdout
    assert "Traceback" not in refused.stdout


def test_message_is_that_of_the_command(production: dict[str, str]) -> None:
    refused = start({**production, **MISTAKE, "LOG_FORMAT": "json"})
    lines = [json.loads(line)["message"] for line in refused.stdout.splitlines()]
    checked = manage("check", env={**production, **MISTAKE})
    [message] = [line for line in lines if "asgi_serving.E007" in line]
    assert message in checked.stderr


def test_application_of_the_command_line_is_looked_at(production: dict[str, str]) -> None:
    refused = start({**production, "WEB_CONCURRENCY": "3"}, "tests.serving.site.asgi_2:application")
    assert refused.returncode == 4
    assert refused.stdout.count("asgi_serving.E007") == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"CHECK_AT_START": "false"},
        {"DJANGO_SETTINGS_MODULE": "tests.serving.site.settings_silenced"},
    ],
)
def test_nothing_is_said_where_nobody_looks(
    production: dict[str, str], changes: dict[str, str]
) -> None:
    """It ends all the same, by what Uvicorn says: there are only errors that are true."""
    ended = start({**production, **MISTAKE, **changes})
    assert "asgi_serving.E" not in ended.stdout
    assert "Application startup failed" in ended.stdout


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"GUNICORN_CMD_ARGS": "--threads 8"}, "W004"),
        ({"LANES": "0", "DJANGO_SETTINGS_MODULE": "tests.serving.site.settings_kept"}, "W028"),
    ],
)
def test_warning_stops_nothing(
    production: dict[str, str], tmp_path: Path, changes: dict[str, str], found: str
) -> None:
    env = {**production, **changes}
    assert f"asgi_serving.{found}" in manage("check", env=env).stderr
    with gunicorn(tmp_path, env) as server:
        assert server.client.get("/").is_success
