"""The development server."""

import os
import re
import signal
import subprocess
import sys
import time
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
    running = next(line for line in runserver.stdout if "Uvicorn running on" in line)
    found = re.search(r"http://[\d.]+:\d+", running)
    assert found
    page = get_when_it_listens(found[0])
    assert "What serves this page" in page.text
    assert "Uvicorn" in page.text
    os.killpg(runserver.pid, signal.SIGINT)
    runserver.stdout.read()
    assert runserver.wait(DEADLINE) == 0


def get_when_it_listens(url: str) -> httpx.Response:
    """Get the page as soon as there is a server: the watching process speaks before its child."""
    give_up = time.monotonic() + DEADLINE
    while True:
        try:
            return httpx.get(url, timeout=DEADLINE)
        except httpx.ConnectError:
            assert time.monotonic() < give_up
            time.sleep(0.1)
