"""A project that wants less of the library, or nothing of it between the socket and its views."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx
import pytest
from quality import environment_for
from rendering import render, run
from started_server import DEADLINE

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Gunicorn does not run there")

SECURITY: Final = '"django.middleware.security.SecurityMiddleware",'


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Return a migrated project."""
    project = render(tmp_path)
    done = run(environment_for(project), "manage.py", "migrate", "-v0", cwd=project)
    assert done.returncode == 0, done.stderr
    return project


@contextmanager
def served(project: Path, *command: str, **environment: str) -> Iterator[httpx.Client]:
    """Serve a project on a socket in its folder, with its development settings."""
    listener = project / "listener"
    development = {"DJANGO_SETTINGS_MODULE": "config.settings.development"}
    with subprocess.Popen(
        [environment_for(project), "-m", *command],
        cwd=project,
        env=os.environ | development | environment,
    ) as process:
        try:
            give_up = time.monotonic() + DEADLINE
            while not listener.exists():
                assert process.poll() is None
                assert time.monotonic() < give_up
                time.sleep(0.05)
            transport = httpx.HTTPTransport(uds=str(listener))
            with httpx.Client(
                base_url="http://localhost", transport=transport, timeout=DEADLINE
            ) as client:
                yield client
        finally:
            process.terminate()
            process.wait(DEADLINE)


@pytest.mark.parametrize(
    ("changes", "worker"),
    [
        ({"LANES": "0"}, "asgi_serving.worker.Worker on uvicorn-worker"),
        ({"GUNICORN_WORKER_CLASS": "uvicorn_worker.UvicornWorker"}, "none"),
    ],
)
def test_a_part_can_be_left_by_a_variable(own: Path, changes: dict[str, str], worker: str) -> None:
    """The home page tells which worker serves it; without lanes nobody looks after them."""
    with served(own, "gunicorn", GUNICORN_BIND="unix:listener", **changes) as client:
        assert worker in client.get("/").text
        assert ("lanes" in client.get("/readyz").json()) == ("LANES" not in changes)


def test_plain_uvicorn_serves_the_project(own: Path) -> None:
    """Nothing of the library is between the socket and the views."""
    changes = {
        "config/asgi.py": ("asgi_serving.asgi", "django.core.asgi"),
        "config/settings/base.py": (
            SECURITY, f'{SECURITY} "servestatic.middleware.ServeStaticMiddleware",',
        ),
    }  # fmt: skip
    for name, (old, new) in changes.items():
        text = (own / name).read_text("utf-8")
        assert text.count(old) == 1, name
        (own / name).write_text(text.replace(old, new), "utf-8")
    settings = own / "config" / "settings" / "base.py"
    lines = settings.read_text("utf-8").splitlines(keepends=True)
    settings.write_text("".join(line for line in lines if '    "asgi_serving",' not in line))
    with served(own, "uvicorn", "config.asgi:application", "--uds", "listener") as client:
        page = client.get("/")
        assert page.status_code == 200
        assert "x-request-id" not in page.headers
        links = [part.partition('"')[0] for part in page.text.split('href="')]
        styles = [client.get(link) for link in links if link.endswith(".css")]
        assert [style.headers["content-type"][:8] for style in styles] == ["text/css"] * 2
        assert client.get("/livez").status_code == 404
