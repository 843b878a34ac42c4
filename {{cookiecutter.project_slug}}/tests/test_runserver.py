"""The development server."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from config.variables import BASE_DIR
from tests.server import DEADLINE, manage


@pytest.fixture
def development(tmp_path: Path) -> dict[str, str]:
    """An environment for development, with a database of its own."""
    env = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}"}
    env |= {"DJANGO_SETTINGS_MODULE": "config.settings.development", "LOG_FORMAT": "text"}
    assert manage("migrate", env=env).returncode == 0
    return env


@pytest.fixture(params=[(), ("--noreload",)], ids=["reload", "noreload"])
def runserver(
    request: pytest.FixtureRequest, development: dict[str, str]
) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "manage.py", "runserver", "127.0.0.1:0", *request.param]
    with subprocess.Popen(
        command,
        cwd=BASE_DIR,
        env=development,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        yield process
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


def test_page_is_served_and_ctrl_c_ends_it(runserver: subprocess.Popen[str]) -> None:
    assert runserver.stdout
    said = ""
    while not ("Uvicorn running on" in said and "Application startup complete" in said):
        line = runserver.stdout.readline()
        assert line, said
        said += line
    found = re.search(r"http://[\d.]+:\d+", said)
    assert found
    page = httpx.get(found[0], timeout=DEADLINE)
    assert "What serves this page" in page.text
    assert "Uvicorn" in page.text
    os.killpg(runserver.pid, signal.SIGINT)
    runserver.stdout.read()
    assert runserver.wait(DEADLINE) == 0
