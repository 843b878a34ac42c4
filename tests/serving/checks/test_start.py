"""A worker checks the project before it serves it."""

import json
from pathlib import Path

import pytest

from tests.serving.server import gunicorn, manage, start

MISTAKE = {"DJANGO_SETTINGS_MODULE": "tests.serving.site.settings_with_errors"}


def test_server_does_not_start_with_an_error(production: dict[str, str]) -> None:
    refused = start({**production, **MISTAKE, "WEB_CONCURRENCY": "3"})
    assert refused.returncode == 4
    assert refused.stdout.count("asgi_serving.E009") == 1
    assert "Set CONN_MAX_AGE to 0" in refused.stdout
    assert "Traceback" not in refused.stdout


def test_message_is_that_of_the_command(production: dict[str, str]) -> None:
    refused = start({**production, **MISTAKE, "LOG_FORMAT": "json"})
    lines = [json.loads(line)["message"] for line in refused.stdout.splitlines()]
    checked = manage("check", env={**production, **MISTAKE})
    [message] = [line for line in lines if "asgi_serving.E009" in line]
    assert message in checked.stderr


@pytest.mark.parametrize(
    "changes",
    [
        {"CHECK_AT_START": "false"},
        {"DJANGO_SETTINGS_MODULE": "tests.serving.site.settings_silenced"},
    ],
)
def test_server_starts_where_nobody_looks(
    production: dict[str, str], tmp_path: Path, changes: dict[str, str]
) -> None:
    with gunicorn(tmp_path, {**production, **MISTAKE, **changes}) as server:
        assert server.client.get("/").is_success


def test_warning_stops_nothing(production: dict[str, str], tmp_path: Path) -> None:
    env = {**production, "GUNICORN_CMD_ARGS": "--threads 8"}
    assert "asgi_serving.W004" in manage("check", env=env).stderr
    with gunicorn(tmp_path, env) as server:
        assert server.client.get("/").is_success
