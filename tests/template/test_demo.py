"""The demo finds its way on a developer's machine."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path
from threading import Thread

import pytest

import demo


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """Return the address of a server, which answers 200 to / and 404 to all else."""

    def handler(*request: object) -> SimpleHTTPRequestHandler:
        return SimpleHTTPRequestHandler(*request, directory=str(tmp_path))  # type: ignore[arg-type]  # as the server gives them

    with HTTPServer(("127.0.0.1", 0), handler) as http:
        thread = Thread(target=http.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()
        thread.join()


def test_pages_are_fetched_past_a_proxy(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many companies set one, and it knows nothing of this machine."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    assert demo.get(f"{server}/")[0] == 200


def test_port_that_is_taken_is_passed_over() -> None:
    """Whatever listens there goes on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert demo.free_port(port) > port


def test_server_that_died_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not asked even once."""
    monkeypatch.setattr(demo, "get", lambda url: pytest.fail(f"{url} was asked for"))
    with subprocess.Popen([sys.executable, "-c", ""]) as died:
        died.wait()
        assert not demo.wait_until_ready(died, "http://127.0.0.1:1")
