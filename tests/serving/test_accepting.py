"""Workers share the connections, and one that cannot accept keeps nobody from being served."""

import os
import re
import resource
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from asgi_serving.server.accepting import HANDSHAKE
from asgi_serving.server.balance import Balance
from asgi_serving.server.siblings import SLOTS, Siblings, State
from config.variables import BASE_DIR
from tests.serving.certificates import make_certificate
from tests.serving.drain import wait_until, workers
from tests.serving.server import DEADLINE, Server, gunicorn

ALIVE = os.getpid()
HEADERS = "Host: testserver\r\nX-Forwarded-Proto: https\r\n\r\n"
PAGE = f"GET /pages/plain/ HTTP/1.1\r\n{HEADERS}".encode()
PLAIN = b"plain"


@pytest.fixture
def two_workers(production: dict[str, str], tmp_path: Path) -> Iterator[Server]:
    with gunicorn(tmp_path, {**production, "WEB_CONCURRENCY": "2"}) as server:
        wait_until(lambda: server.log.read_text().count("Application startup complete") == 2)
        server.client.close()
        wait_until(lambda: sum(connections(server).values()) == 0)
        yield server


def connections(server: Server) -> dict[int, int]:
    """Return how many connections each worker has, by its process id."""
    return {
        worker: sum(
            each.status == psutil.CONN_ESTABLISHED
            for each in psutil.Process(worker).net_connections("tcp")
        )
        for worker in workers(server.process.pid)
    }


@contextmanager
def clients(server: Server, number: int) -> Iterator[list[socket.socket]]:
    """Open so many connections as fast as the system can."""
    with ExitStack() as stack:
        address = ("127.0.0.1", server.port)
        yield [
            stack.enter_context(socket.create_connection(address, timeout=DEADLINE))
            for _ in range(number)
        ]


def ask(client: socket.socket) -> bytes:
    """Ask for a page on a connection, and return the answer."""
    client.sendall(PAGE)
    answer = b""
    while not answer.endswith(PLAIN):
        part = client.recv(65536)
        assert part, answer
        answer += part
    return answer


def balances(*connections: int, siblings: Siblings | None = None) -> list[Balance]:
    """Return workers that have told of so many connections each."""
    siblings = siblings or Siblings()
    made = [Balance(siblings, age) for age in range(1, len(connections) + 1)]
    for balance, number in zip(made, connections, strict=True):
        siblings.note(balance.age, ALIVE, State.SERVING)
        balance.tell(number)
    for balance in made:
        balance.look()
    return made


def test_worker_leaves_connections_to_the_one_with_the_fewest() -> None:
    first, second, third = balances(0, 1, 20)
    assert first.may_accept(0)
    assert not second.may_accept(1)
    first.tell(16)
    second.tell(17)
    assert second.may_accept(17)
    assert third.may_accept(20)
    assert not third.may_accept(21)


def test_worker_alone_accepts_everything() -> None:
    (alone,) = balances(1000)
    assert alone.may_accept(1000)


def test_worker_that_leaves_is_not_waited_for() -> None:
    staying, leaving = balances(5, 0)
    leaving.leave()
    assert staying.may_accept(5)


def test_worker_that_leaves_connections_waiting_counts_when_it_tells_something_again() -> None:
    working, stuck = balances(5, 0)
    working.do_without_them()
    assert working.may_accept(5)
    stuck.tell(0)
    assert not working.may_accept(5)


def test_only_workers_that_serve_and_live_are_waited_for() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    siblings = Siblings()
    (own,) = balances(5, siblings=siblings)
    siblings.note(2, ended.pid, State.SERVING)
    siblings.note(3, ALIVE, State.STARTING)
    siblings.note(4, ALIVE, State.TOLD_TO_STOP)
    own.look()
    assert own.others == []
    siblings.note(5, ALIVE, State.SERVING)
    own.look()
    assert own.others == [5]


def test_worker_is_not_taken_for_the_one_that_had_its_place_long_ago() -> None:
    siblings = Siblings()
    before, now = Balance(siblings, 1), Balance(siblings, 1 + SLOTS)
    siblings.note(1, ALIVE, State.SERVING)
    siblings.note(1 + SLOTS, ALIVE, State.SERVING)
    now.tell(7)
    now.look()
    before.look()
    assert now.others == []
    assert before.others == [1 + SLOTS]


def assert_shared(server: Server) -> None:
    """Open sixteen connections again and again, until five times each worker has some of them.

    Where the system lets a worker wait for a CPU, the other one has to take its share now and then.
    """
    others = connections(server)
    shares: list[list[int]] = []
    while sum(less >= 6 for less, _ in shares) < 5:
        assert len(shares) < 100, shares
        with clients(server, 16) as opened:
            for client in opened:
                ask(client)
            now = connections(server)
            shares.append(sorted(now[worker] - others[worker] for worker in now))
            assert sum(shares[-1]) == 16
        wait_until(lambda: connections(server) == others)


def test_connections_that_come_at_once_are_shared(two_workers: Server) -> None:
    assert_shared(two_workers)


def test_worker_with_many_streams_gets_its_share_of_requests(two_workers: Server) -> None:
    stream = f"GET /events/for-ever/ HTTP/1.1\r\n{HEADERS}".encode()
    with clients(two_workers, 60) as opened:
        for client in opened:
            client.sendall(stream)
            assert client.recv(65536).startswith(b"HTTP/1.1 200")
        having = connections(two_workers)
        few = min(having, key=having.__getitem__)
        ports = {each.raddr.port for each in psutil.Process(few).net_connections() if each.raddr}
        for client in opened:
            if client.getsockname()[1] in ports:
                client.close()
        wait_until(lambda: connections(two_workers)[few] == 0)
        assert max(connections(two_workers).values()) >= 30
        assert_shared(two_workers)


def test_connections_are_served_while_the_other_worker_is_stuck(two_workers: Server) -> None:
    stuck, _ = workers(two_workers.process.pid)
    os.kill(stuck, signal.SIGSTOP)
    try:
        with clients(two_workers, 50) as opened:
            for client in opened:
                ask(client)
    finally:
        os.kill(stuck, signal.SIGCONT)
    wait_until(lambda: sum(connections(two_workers).values()) == 0)
    assert_shared(two_workers)


def test_worker_without_a_file_to_open_says_so_and_serves_again(
    production: dict[str, str], tmp_path: Path
) -> None:
    with gunicorn(tmp_path, {**production, "WEB_CONCURRENCY": "1"}) as server:
        (worker,) = map(psutil.Process, workers(server.process.pid))
        room = 20
        usual = resource.prlimit(worker.pid, resource.RLIMIT_NOFILE)
        few = worker.num_fds() + room, usual[1]
        resource.prlimit(worker.pid, resource.RLIMIT_NOFILE, few)
        with clients(server, 3 * room) as opened:
            server.line_with("No connection can be accepted for a second")
            ask(opened[0])
            told = server.log.read_text().count("No connection can be accepted")
        assert server.client.get("/pages/plain/").text == "plain"
        resource.prlimit(worker.pid, resource.RLIMIT_NOFILE, usual)
        with clients(server, 3 * room) as opened:
            for client in opened:
                ask(client)
        assert told < room, "it is said for each connection"
        assert server.stop() == 0
        assert "Traceback" not in server.log.read_text()


def test_connections_are_encrypted_with_the_certificate_of_gunicorn(
    production: dict[str, str], tmp_path: Path
) -> None:
    key, certificate = map(str, make_certificate(tmp_path))
    log = tmp_path / "gunicorn.log"
    command = [sys.executable, "-m", "gunicorn", "--keyfile", key, "--certfile", certificate]
    environment = {**production, "WEB_CONCURRENCY": "2", "LOG_LEVEL": "DEBUG"}
    environment["GUNICORN_GRACEFUL_TIMEOUT"] = str(100 * DEADLINE)
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=BASE_DIR, env=environment, stdout=output, stderr=output
        )
    try:
        wait_until(lambda: log.read_text().count("Application startup complete") == 2)
        found = re.search(r"https://127\.0\.0\.1:(\d+)", log.read_text())
        assert found
        address = "127.0.0.1", int(found[1])
        with socket.create_connection(address, timeout=DEADLINE) as plain:
            plain.sendall(PAGE)  # a client that does not know of TLS
            assert not plain.recv(65536).startswith(b"HTTP/")
        trusting = ssl.create_default_context(cafile=certificate)
        headers = {"Host": "testserver", "X-Forwarded-Proto": "https"}
        with httpx.Client(verify=trusting, headers=headers, timeout=DEADLINE) as client:
            for _ in range(4):
                answer = client.get(f"{found[0]}/pages/plain/", headers={"Connection": "close"})
                assert answer.text == "plain"
        with socket.create_connection(address, timeout=DEADLINE):  # which says nothing
            process.terminate()
            assert process.wait(HANDSHAKE * 10) == 0
    finally:
        process.kill()
        process.wait()
    assert "Traceback" not in log.read_text()
