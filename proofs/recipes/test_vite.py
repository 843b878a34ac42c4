"""What Vite builds, served by the site under its policy; and Vite's own server while developing."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import time

import pytest
from config.variables import BASE_DIR
from tests.browser import chromium
from tests.recipes.visiting import STRICT, policy_of

from tests.serving.development import Project, runserver
from tests.serving.server import DEADLINE

LOOKS = "getComputedStyle(document.querySelector('.lead')).fontStyle"


def test_files_are_served_by_the_site(visitor):
    """Compressed, and under names that may be cached for ever."""
    page = visitor.get("/")
    assert policy_of(page) == STRICT
    assert "nonce" not in page.text
    files = re.findall(r'(?:src|href)="(/static/vite/[^"]+)"', page.text)
    assert {name.rpartition(".")[2] for name in files} == {"css", "js"}
    for name in files:
        answer = visitor.get(name, headers={"Accept-Encoding": "gzip"})
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        assert name.endswith(".js") or answer.headers["content-encoding"] == "gzip"


def test_page_looks_as_its_classes_say(site, tab):
    """And nothing in it is refused."""
    tab.open(site)
    assert tab.run(LOOKS) == "italic"
    assert tab.run("document.documentElement.dataset.js") == ""
    tab.open(f"{site}/no-such-page/")
    assert tab.complaints == []


@contextlib.contextmanager
def vite():
    """Start Vite's server, and give its port."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = str(probe.getsockname()[1])
    command = ["npm", "run", "dev", "--", "--port", port, "--host", "127.0.0.1"]
    process = subprocess.Popen(
        command, cwd=BASE_DIR, start_new_session=True, stdout=subprocess.DEVNULL
    )
    try:
        give_up = time.monotonic() + DEADLINE
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", int(port))):
                break
            assert process.poll() is None
            assert time.monotonic() < give_up
            time.sleep(0.1)
        yield port
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.mark.skipif(not chromium.executable(), reason="there is no Chromium")
def test_vites_server_is_allowed_while_developing(tmp_path):
    """Its scripts, its connection for changes, and the styles that it puts into a page."""
    project = Project(tmp_path)
    settings = "tests.recipes.vite_development"
    with (
        vite() as port,
        runserver(project, DJANGO_SETTINGS_MODULE=settings, VITE_PORT=port) as server,
        chromium.page(tmp_path / "profile") as tab,
    ):
        tab.open(str(server.client.base_url))
        assert tab.run(LOOKS) == "italic"
        assert f"localhost:{port}" in tab.run("document.documentElement.outerHTML")
        assert tab.complaints == []
