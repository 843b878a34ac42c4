"""Servers of tiny applications, started as guides tell it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import httpx

DEADLINE: Final = 20
"""Seconds for whatever is waited for."""

APPLICATION: Final = """\
import asyncio
import sys


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    path = scope["path"]
    if path == "/fail":
        raise ValueError("the application has failed")
    if path.startswith("/sleep/"):
        print("asleep", file=sys.stderr, flush=True)
        await asyncio.sleep(float(path.removeprefix("/sleep/")))
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})
"""
WSGI: Final = """\
def app(environ, start_response):
    start_response("200 OK", [])
    return [b"ok"]
"""


class Server:
    """A process that listens at a port, and its log."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        """Take what was started."""
        self.process = process
        self.port = port
        self.log = log

    def get(self, path: str = "/", seconds: float = DEADLINE) -> httpx.Response:
        """Ask for a page. Raises httpx.HTTPError."""
        url = f"http://127.0.0.1:{self.port}{path}"
        return httpx.get(url, timeout=seconds, trust_env=False)

    def wait_for(self, holds: Callable[[], bool]) -> None:
        """Poll until a condition holds. Raises AssertionError with the log."""
        give_up = time.monotonic() + DEADLINE
        while not holds():
            assert time.monotonic() < give_up, self.written()
            time.sleep(0.02)

    def listens(self) -> bool:
        """Tell whether a connection is accepted, or the process has ended."""
        if self.process.poll() is not None:
            return True
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", self.port)) == 0

    def written(self) -> str:
        """Return the log."""
        return self.log.read_text("utf-8")


@contextmanager
def server(
    folder: Path, *command: str, application: str = APPLICATION, wait: bool = True
) -> Iterator[Server]:
    """Start a command in a folder with main.py; PORT in it becomes a free port."""
    (folder / "main.py").write_text(application)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [word.replace("PORT", str(port)) for word in script(*command)],
            cwd=folder,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        started = Server(process, port, log)
        if wait:
            started.wait_for(started.listens)
        yield started
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def gunicorn(folder: Path, worker: str, *flags: str) -> list[str]:
    """Return a command that serves main.py by this worker class; it reads no other configuration."""
    empty = folder / "empty.py"
    empty.write_text("")
    name = ["-k", worker] if worker else []
    return [
        "gunicorn", "--config", str(empty), "--no-control-socket", "-b", "127.0.0.1:PORT",
        *name, *flags, "main:app",
    ]  # fmt: skip


def script(name: str, *arguments: str) -> list[str]:
    """Return the command of this environment, as it is installed."""
    return [str(Path(sys.executable).with_name(name)), *arguments]


def ended(server: Server) -> str:
    """Wait until a server has ended by itself, and return its log."""
    server.process.wait(DEADLINE)
    return server.written()
