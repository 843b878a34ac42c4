"""What starts and stops a server on other people's machines: a socket of systemd's, signals to all."""

import os
import signal
import socket
import sys
import threading
from collections.abc import Mapping
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.serving.load import load
from tests.serving.server import DEADLINE, Server, gunicorn, running, wait_for

GUNICORN = str(Path(sys.executable).with_name("gunicorn"))

ACTIVATE = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[2], sys.argv[2:])
"""
"""Becomes a server that finds its socket open, as systemd starts it: see sd_listen_fds(3)."""


def activated(
    listener: socket.socket, log: Path, env: Mapping[str, str]
) -> AbstractContextManager[Server]:
    """Start `gunicorn` on a socket that is there already; it is ready when the context begins."""
    file = listener.fileno()
    return running([sys.executable, "-c", ACTIVATE, str(file), GUNICORN], log, env, [file])


def test_server_is_replaced_on_a_socket_of_systemd_and_nothing_is_lost(
    production: dict[str, str], tmp_path: Path
) -> None:
    """A reload, then an end and a new start: connections wait in the socket meanwhile."""
    env = {**production, "WEB_CONCURRENCY": "2", "GUNICORN_BIND": "127.0.0.1:1"}  # not used
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        port = listener.getsockname()[1]
        with activated(listener, tmp_path / "first.log", env) as server:
            assert server.port == port
            with load(port) as visitors:
                wait_for(lambda: visitors.answered > 100, server)
                server.process.send_signal(signal.SIGHUP)
                wait_for(lambda: ready(server) == 4, server)
                enough = visitors.answered + 100
                wait_for(lambda: visitors.answered > enough, server)
                assert server.stop() == 0
                with activated(listener, tmp_path / "second.log", env) as successor:
                    enough = visitors.answered + 100
                    wait_for(lambda: visitors.answered > enough, successor)
                    visitors.stop()
                    assert visitors.lost == []


def ready(server: Server) -> int:
    """Count the workers that have become ready."""
    return sum("startup complete" in line["message"] for line in server.lines())


@pytest.mark.parametrize("times", [1, 2])
def test_requests_end_when_every_process_is_told_to_stop(
    production: dict[str, str], tmp_path: Path, times: int
) -> None:
    """As Heroku stops a dyno: the workers are told by it and by the master, and maybe again."""
    env = {**production, "WEB_CONCURRENCY": "2", "GUNICORN_GRACEFUL_TIMEOUT": "25"}
    answers: list[Any] = []
    with gunicorn(tmp_path, env) as server:

        def ask() -> None:
            with suppress(httpx.HTTPError):
                answers.append(server.client.get("/slow/2/").text)

        visitors = [threading.Thread(target=ask) for _ in range(6)]
        for visitor in visitors:
            visitor.start()
        wait_for(lambda: begun(server) == len(visitors), server)
        for _ in range(times):
            os.killpg(server.process.pid, signal.SIGTERM)
        for visitor in visitors:
            visitor.join()
        assert server.process.wait(DEADLINE) == 0
    assert answers == ["done"] * len(visitors)


def begun(server: Server) -> int:
    """Count the slow pages that are under way."""
    return sum("slow page has begun" in line["message"] for line in server.lines())


def test_port_is_where_the_platform_says(production: dict[str, str], tmp_path: Path) -> None:
    """On all addresses: the platform's router is another machine."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    unset = {name: value for name, value in production.items() if name != "GUNICORN_BIND"}
    with gunicorn(tmp_path, {**unset, "PORT": str(port)}) as server:
        assert server.line_with("Listening at").split()[2] == f"http://0.0.0.0:{port}"
