"""Real Gunicorn, started as production starts it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx

from config.variables import BASE_DIR

DEADLINE = 120
"""How long anything may take before a test gives up, in seconds."""


class Server:
    """A running Gunicorn, its log, and a client that talks to it as a proxy would."""

    def __init__(
        self, process: subprocess.Popen[str], log: Path, environment: Mapping[str, str]
    ) -> None:
        self.process = process
        self.environment = environment
        self.worker = environment["GUNICORN_WORKER_CLASS"]
        self.log = log
        self.port = int(self.line_with("Listening at").rpartition(":")[2].split()[0])
        self.client = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}",
            headers={"Host": "testserver", "X-Forwarded-Proto": "https"},
            timeout=DEADLINE,
        )

    def lines(self) -> list[dict[str, Any]]:
        # The last one may be half written.
        written = self.log.read_text().rpartition("\n")[0]
        return [json.loads(line) for line in written.splitlines()]

    def line_with(self, text: str) -> str:
        """Wait for a line of the log that holds the text, and return its message."""

        def find() -> str | None:
            return next((m for m in (line["message"] for line in self.lines()) if text in m), None)

        return wait_for(find, self)

    def stop(self) -> int:
        """Ask the server to stop and return its exit code."""
        self.process.terminate()
        return self.process.wait(DEADLINE)


def wait_for[T](look: Callable[[], T | None], server: Server) -> T:
    """Return the first thing found before the deadline."""
    give_up = time.monotonic() + DEADLINE
    while time.monotonic() < give_up:
        if found := look():
            return found
        if server.process.poll() is not None:
            break
        time.sleep(0.05)
    raise AssertionError(server.log.read_text())


def production_environment(folder: Path, **changes: str) -> dict[str, str]:
    """Return an environment that production starts with, on SQLite in the folder."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.serving.site.settings",
        "TEST_STATIC_ROOT": str(folder / "static"),
        "SECRET_KEY": "test-" * 10,
        "ALLOWED_HOSTS": "testserver",
        "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
        "CACHE_URL": "locmemcache://",
        "EMAIL_URL": "consolemail://",
        "GUNICORN_BIND": "127.0.0.1:0",
        "GUNICORN_WORKER_CLASS": "asgi_serving.worker.Worker",
        "LOG_FORMAT": "json",
        **changes,
    }


def manage(*arguments: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a management command."""
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(
        command, cwd=BASE_DIR, env=env, capture_output=True, text=True, check=False
    )


def start(env: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `gunicorn` until it gives up."""
    command = [sys.executable, "-m", "gunicorn", *arguments]
    return subprocess.run(
        command,
        cwd=BASE_DIR,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=DEADLINE,
        check=False,
    )


@contextmanager
def gunicorn(folder: Path, env: Mapping[str, str]) -> Iterator[Server]:
    """Start `gunicorn` in the project's folder; it is ready when the context begins."""
    command = [str(Path(sys.executable).with_name("gunicorn"))]
    with running(command, folder / "gunicorn.log", env) as server:
        yield server


@contextmanager
def running(
    command: Sequence[str], log: Path, env: Mapping[str, str], pass_fds: Collection[int] = ()
) -> Iterator[Server]:
    """Start a server by a command that becomes Gunicorn; it is ready when the context begins.

    pass_fds: files that it keeps open, by their numbers.
    """
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            cwd=BASE_DIR,
            env=env,
            pass_fds=pass_fds,
            stdout=output,
            stderr=output,
            text=True,
            start_new_session=True,
        )
    try:
        server = Server(process, log, env)
        wait_for(lambda: server.client.get("/readyz").is_success, server)
        yield server
        server.client.close()
    finally:
        # The workers too: they outlive a master that is killed.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
