"""A worker that stops loses nothing that it has accepted, and ends in time."""

import asyncio
import os
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from uvicorn.server import ServerState

from asgi_serving.server.server import Server as DrainingServer
from tests.serving.drain import SCENARIOS, WORKERS, reload, run, served, wait_until, workers
from tests.serving.load import load
from tests.serving.server import DEADLINE, Server

HEADERS = "Host: testserver\r\nX-Forwarded-Proto: https\r\n\r\n"


@pytest.fixture
def two_workers(production: dict[str, str], tmp_path: Path) -> Iterator[Server]:
    with served(tmp_path, production) as server:
        yield server


@pytest.fixture
def graceful_timeout() -> int:
    """How long a worker waits for its requests, in seconds."""
    return 4


@pytest.fixture
def one_worker(
    production: dict[str, str], tmp_path: Path, graceful_timeout: int
) -> Iterator[Server]:
    limits = {"GUNICORN_GRACEFUL_TIMEOUT": str(graceful_timeout), "WEB_CONCURRENCY": "1"}
    hooks = {"GUNICORN_CMD_ARGS": "--config tests/serving/site/gunicorn_hooks.py"}
    with served(tmp_path, production, **limits, **hooks) as server:
        yield server


def receive_all(client: socket.socket) -> str:
    """Return all that comes until the server closes the connection."""
    parts = []
    while part := client.recv(65536):
        parts.append(part)
    return b"".join(parts).decode()


@pytest.mark.parametrize("name", SCENARIOS)
def test_no_request_is_lost(production: dict[str, str], tmp_path: Path, name: str) -> None:
    outcome = run(tmp_path, production, name, 1)
    assert outcome.lost == []
    assert outcome.stops >= 1


def test_killed_worker_takes_only_its_own_requests_along(two_workers: Server) -> None:
    clients = 16
    master = two_workers.process.pid
    with load(two_workers.port, clients) as running:
        wait_until(lambda: running.answered > 10 * clients)
        victim = min(workers(master))
        os.kill(victim, signal.SIGKILL)
        wait_until(lambda: len(workers(master) - {victim}) == WORKERS)
        after = running.answered
        wait_until(lambda: running.answered > after + 10 * clients)
    assert len(running.lost) <= clients


def test_reload_leaves_no_gap(two_workers: Server) -> None:
    with load(two_workers.port, 8, 0.02) as running:
        wait_until(lambda: running.answered > 100)
        running.longest_gap = 0
        began = time.monotonic()
        reload(two_workers, running)
        took = time.monotonic() - began
    assert running.longest_gap < took / 2, "nobody answered while a worker loaded the project"


def test_connection_that_is_kept_is_told_that_the_answer_is_the_last(one_worker: Server) -> None:
    with socket.create_connection(("127.0.0.1", one_worker.port)) as client:
        client.sendall(f"GET /pages/plain/async/ HTTP/1.1\r\n{HEADERS}".encode())
        assert "connection: close" not in client.recv(65536).decode().lower()
        one_worker.process.terminate()
        one_worker.line_with("Stopping when")
        client.sendall(f"GET /pages/plain/async/ HTTP/1.1\r\n{HEADERS}".encode())
        assert "connection: close" in receive_all(client).lower()
    assert one_worker.process.wait(DEADLINE) == 0


def test_readiness_ends_as_soon_as_the_worker_drains(one_worker: Server) -> None:
    with (
        socket.create_connection(("127.0.0.1", one_worker.port)) as probe,
        ThreadPoolExecutor(1) as executor,
    ):
        slow = executor.submit(one_worker.client.get, "/slow/1/")
        one_worker.line_with("The slow page has begun")
        one_worker.process.terminate()
        one_worker.line_with("Stopping when")
        probe.sendall(f"GET /readyz HTTP/1.1\r\n{HEADERS}".encode())
        answer = receive_all(probe)
        assert answer.startswith("HTTP/1.1 503")
        assert '"draining"' in answer
        assert slow.result().text == "done"


@pytest.mark.parametrize("graceful_timeout", [100 * DEADLINE])
def test_event_stream_ends_at_once_and_whole(one_worker: Server) -> None:
    with one_worker.client.stream("GET", "/events/for-ever/") as response:
        parts = response.iter_text()
        assert next(parts).startswith("data: ")
        one_worker.process.terminate()
        for part in parts:
            assert part.startswith("data: ")
    one_worker.line_with("The stream was closed")
    assert one_worker.process.wait(DEADLINE) == 0


def test_request_that_takes_too_long_is_cancelled_and_answered(one_worker: Server) -> None:
    with ThreadPoolExecutor(1) as executor:
        patient = executor.submit(one_worker.client.get, "/pages/patient/")
        one_worker.line_with("The patient page has begun")
        one_worker.process.terminate()
        one_worker.line_with("The patient page was cancelled")
        assert patient.result().status_code == 500
    assert one_worker.process.wait(DEADLINE) == 0
    one_worker.line_with("The worker has exited")
    one_worker.line_with("The interpreter has ended")


def test_websocket_whose_client_reads_nothing_is_cut_off_in_the_end(one_worker: Server) -> None:
    handshake = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    key = "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
    with socket.create_connection(("127.0.0.1", one_worker.port)) as client:
        client.sendall(f"GET /ws/flood/ HTTP/1.1\r\n{handshake}{key}{HEADERS}".encode())
        one_worker.line_with("The flood waits for its client")
        one_worker.process.terminate()
        assert one_worker.process.wait(DEADLINE) == 0
    one_worker.line_with("Application shutdown complete")
    one_worker.line_with("The worker has exited")


def test_websockets_are_closed_some_at_a_time_and_all_of_them_in_time() -> None:
    """So that not all clients come back in the same moment."""

    class WebSocket:
        handshake_complete = True

        def __init__(self) -> None:
            self.closed = 0

        def shutdown(self) -> None:
            self.closed += 1

    async def drain(number: int, seconds: float) -> list[int]:
        """Return how many are closed after each tick."""
        server = object.__new__(DrainingServer)
        websockets = [WebSocket() for _ in range(number)]
        server.server_state = ServerState()
        server.server_state.connections = set(websockets)  # type: ignore[arg-type]  # enough of one
        server._closed = set()  # what its constructor would make
        until = asyncio.get_running_loop().time() + seconds
        closed = []
        while not all(websocket.closed for websocket in websockets):
            server._close_websockets(until)
            closed.append(sum(websocket.closed for websocket in websockets))
        return closed

    assert asyncio.run(drain(120, 3600)) == [50, 100, 120]
    assert asyncio.run(drain(7, 3600)) == [7]
    assert asyncio.run(drain(5000, -1)) == [5000]


@pytest.mark.parametrize("graceful_timeout", [100 * DEADLINE])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT])
def test_quick_stop_waits_for_nobody(one_worker: Server, number: signal.Signals) -> None:
    with ThreadPoolExecutor(1) as executor:
        patient = executor.submit(one_worker.client.get, "/pages/patient/")
        one_worker.line_with("The patient page has begun")
        one_worker.process.send_signal(number)
        one_worker.process.wait(DEADLINE)
        assert patient.result().status_code == 500
    one_worker.line_with("The worker has exited")


def test_worker_without_a_master_stops(one_worker: Server) -> None:
    one_worker.process.kill()
    one_worker.process.wait(DEADLINE)

    def is_free() -> bool:
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", one_worker.port)) != 0

    wait_until(is_free)


def test_long_request_at_recycling_keeps_nobody_waiting(
    production: dict[str, str], tmp_path: Path
) -> None:
    # The heartbeat must go on for longer than the master waits for one.
    limits = {
        "GUNICORN_MAX_REQUESTS": "50",
        "GUNICORN_TIMEOUT": "2",
        "WEB_CONCURRENCY": "1",
    }
    with served(tmp_path, production, **limits) as server, ThreadPoolExecutor(1) as executor:
        (old,) = workers(server.process.pid)
        slow = executor.submit(server.client.get, "/slow/5/")
        server.line_with("The slow page has begun")
        with load(server.port, 4, 0.02) as running:
            wait_until(lambda: old not in workers(server.process.pid))
        assert slow.result().text == "done"
    assert running.lost == []
    assert running.longest_gap < 2
