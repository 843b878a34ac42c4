"""`manage.py serving`: what would serve the project."""

import json
import re

import pytest
from pytest_django import Settings

from asgi_serving.inspection.overview import overview
from tests.serving.server import manage

SECTIONS = [
    "versions", "server", "time limits in seconds", "connections", "middleware", "routes",
    "findings",
]  # fmt: skip


def test_table_names_what_serves(production: dict[str, str]) -> None:
    done = manage("serving", env={**production, "GUNICORN_GRACEFUL_TIMEOUT": "17"})
    assert (done.returncode, done.stderr) == (0, "")
    lines = [line.strip() for line in done.stdout.splitlines() if line.startswith("  ")]
    rows = dict(re.split(r"  +", line, maxsplit=1) for line in lines if "  " in line)
    assert rows["worker class"] == "asgi_serving.worker.Worker"
    assert [line.lower() for line in done.stdout.splitlines() if line[0] != " "] == SECTIONS
    killed = "and the worker is killed (GUNICORN_GRACEFUL_TIMEOUT)"
    assert rows[killed] == "17"
    assert "/ws/echo/ (WebSocket)" in rows


@pytest.mark.parametrize(
    ("changes", "worker", "origin"),
    [
        ({"GUNICORN_WORKER_CLASS": ""}, "asgi_serving.worker.Worker", "gunicorn.conf.py"),
        ({"GUNICORN_WORKER_CLASS": "asgi"}, "asgi", "GUNICORN_WORKER_CLASS"),
        ({"GUNICORN_CMD_ARGS": "-k gthread"}, "gthread", "GUNICORN_CMD_ARGS"),
        ({"GUNICORN_CMD_ARGS": "--worker-class=asgi"}, "asgi", "GUNICORN_CMD_ARGS"),
    ],
)
def test_json_tells_where_the_worker_class_comes_from(
    production: dict[str, str], changes: dict[str, str], worker: str, origin: str
) -> None:
    done = manage("serving", "--json", env={**production, **changes})
    sections = json.loads(done.stdout)
    assert list(sections) == SECTIONS
    server = sections["server"]
    assert (server["worker class"], server["worker class from"]) == (worker, origin)


def test_findings_are_told_with_their_fix(production: dict[str, str]) -> None:
    done = manage("serving", "--json", env={**production, "GUNICORN_CMD_ARGS": "--threads 8"})
    [finding] = [f for f in json.loads(done.stdout)["findings"] if f["id"] == "asgi_serving.W004"]
    assert "threads" in finding["message"]
    assert "gunicorn.conf.py" in finding["hint"]


@pytest.mark.django_db  # it asks PostgreSQL how many connections it takes
def test_routes_that_cannot_be_loaded_are_said(settings: Settings) -> None:
    settings.ASGI_SERVING = {"WEBSOCKET_ROUTES": "config.nowhere.routes"}
    assert "config.nowhere" in overview()["routes"]["WebSockets"]


def test_configuration_that_does_not_load_is_one_line(production: dict[str, str]) -> None:
    done = manage("serving", env={**production, "GUNICORN_CMD_ARGS": "--config absent.py"})
    assert done.returncode == 1
    assert "Gunicorn will not start" in done.stderr
    assert "Traceback" not in done.stderr
