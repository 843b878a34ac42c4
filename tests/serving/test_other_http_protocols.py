"""Uvicorn's other implementations of HTTP, in workers that a team has derived from ours."""

import socket
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from asgi_serving.server.uvicorn_names import NAMES, missing_names
from tests.serving.drain import run
from tests.serving.server import DEADLINE, Server, gunicorn
from tests.serving.test_http_protocol import REQUEST

WORKERS = [f"tests.serving.site.workers.{name}" for name in ("H11Worker", "ZttpWorker")]


@pytest.fixture(params=WORKERS, ids=("h11", "zttp"))
def environment(request: pytest.FixtureRequest, production: dict[str, str]) -> dict[str, str]:
    return {**production, "GUNICORN_WORKER_CLASS": request.param}


@pytest.fixture
def server(environment: dict[str, str], tmp_path: Path) -> Iterator[Server]:
    with gunicorn(tmp_path, {**environment, "WEB_CONCURRENCY": "1"}) as server:
        yield server


def test_names_of_all_protocols_are_known() -> None:
    for place in NAMES:
        import_module(place.partition(":")[0])  # so that none is passed over
    assert missing_names() == []


def test_trailers_are_no_headers(server: Server) -> None:
    assert server.client.get("/pages/plain/").text == "plain"
    with socket.create_connection(("127.0.0.1", server.port), timeout=DEADLINE) as client:
        client.sendall(REQUEST)
        answer = b"".join(iter(lambda: client.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200 "), answer
    assert b"trailer" not in answer.lower()
    assert b'"REMOTE_ADDR": "8.8.8.8"' in answer


@pytest.mark.parametrize("name", ["reload (HUP)", "stop of a worker (TERM)"])
def test_no_request_is_lost(environment: dict[str, str], tmp_path: Path, name: str) -> None:
    assert run(tmp_path, environment, name, 1).lost == []
