"""A server behind a proxy on the same machine, on a Unix socket."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from config.variables import BASE_DIR
from tests.serving.drain import wait_until
from tests.serving.server import DEADLINE


@pytest.fixture(scope="module")
def client(
    production: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    """A client that talks to the socket as a proxy would."""
    folder = tmp_path_factory.mktemp("unix")
    listener = folder / "gunicorn.socket"
    changes = {
        "GUNICORN_BIND": f"unix:{listener}",
        "FORWARDED_ALLOW_IPS": "10.0.0.1",
        "WEB_CONCURRENCY": "1",
    }
    with Path(folder, "gunicorn.log").open("w") as log:
        server = subprocess.Popen(
            [Path(sys.executable).with_name("gunicorn")],
            cwd=BASE_DIR,
            env=production | changes,
            stdout=log,
            stderr=log,
        )
    try:
        wait_until(listener.exists)
        with httpx.Client(
            base_url="http://testserver",
            transport=httpx.HTTPTransport(uds=str(listener)),
            timeout=DEADLINE,
        ) as client:
            wait_until(lambda: client.get("/readyz").is_success)
            yield client
    finally:
        for process in (*psutil.Process(server.pid).children(), psutil.Process(server.pid)):
            process.kill()
        server.wait()


def test_proxy_is_believed(client: httpx.Client) -> None:
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "10.9.9.9, 8.8.8.8"}
    meta = client.get("/pages/meta/", headers=headers).json()
    assert (meta["REMOTE_ADDR"], meta["secure"]) == ("8.8.8.8", True)


def test_who_is_not_told_of_is_this_machine(client: httpx.Client) -> None:
    meta = client.get("/pages/meta/", headers={"X-Forwarded-Proto": "https"}).json()
    assert meta["REMOTE_ADDR"] == "127.0.0.1"


def test_failed_login_is_a_page(client: httpx.Client) -> None:
    https = {"X-Forwarded-Proto": "https", "Referer": "https://testserver/"}
    page = client.get("/admin/login/", headers=https)
    if page.has_redirect_location:  # a site with accounts leads to its own login
        page = client.get(page.headers["Location"], headers=https)
    token = page.text.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    who = {"username": "ada", "login": "ada@example.com"}
    form = {**who, "password": "wrong", "csrfmiddlewaretoken": token}
    cookies = "; ".join(f"{name}={value}" for name, value in page.cookies.items())
    answer = client.post(page.url.path, data=form, headers={**https, "Cookie": cookies})
    assert answer.status_code == 200
    assert "correct" in answer.text
