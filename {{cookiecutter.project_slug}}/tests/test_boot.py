"""The project, served by Gunicorn as in production."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from config.variables import BASE_DIR
from tests.conftest import Run

DEADLINE = 60
"""How long anything may take before a test gives up, in seconds."""


@pytest.fixture
def site(production: dict[str, str], python: Run, tmp_path: Path) -> Iterator[httpx.Client]:
    """A client of a running server, as the proxy is one; the server must end in good order."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        env = production | {
            "DJANGO_SETTINGS_MODULE": "tests.production_settings",
            "TEST_STATIC_ROOT": str(tmp_path / "static"),
            "CACHE_URL": "locmemcache://",
            "GUNICORN_BIND": f"fd://{listener.fileno()}",
            "WEB_CONCURRENCY": "1",
        }
        for command in ("migrate", "collectstatic"):
            done = python("manage.py", command, "--no-input", env=env)
            assert done.returncode == 0, done.stderr
        serve = [sys.executable, "-m", "gunicorn"]
        with subprocess.Popen(serve, cwd=BASE_DIR, env=env, pass_fds=[listener.fileno()]) as server:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            headers = {"Host": "example.com", "X-Forwarded-Proto": "https"}
            try:
                with httpx.Client(base_url=url, headers=headers, timeout=DEADLINE) as client:
                    yield client
            finally:
                server.terminate()
                assert server.wait(DEADLINE) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Gunicorn does not run there")
def test_site_is_served(site: httpx.Client) -> None:
    assert site.get("/livez").json() == {"status": "alive"}
    assert site.get("/readyz").json()["status"] == "ready"
    page = site.get("/")
    assert page.status_code == 200
    [style, *_] = [part.partition('"')[0] for part in page.text.split('href="') if ".css" in part]
    assert site.get(style).headers["content-type"].startswith("text/css")
    assert site.get("/no-such-page/").status_code == 404
    assert site.get("/", headers={"X-Forwarded-Proto": "http"}).status_code == 301
