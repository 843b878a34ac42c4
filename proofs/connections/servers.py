"""The servers under test: a project on Gunicorn, and Channels on Daphne."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
import psutil
from quality import environment_for
from rendering import render, run
from stacks import free_port

DEADLINE: Final = 600
"""How long anything may take before it counts as failed, in seconds."""

PACKAGES: Final = ("channels[daphne]>=4.3", "channels-redis>=4.3")


@dataclass(frozen=True)
class Kind:
    """A kind of connection, and what serves it.

    reloads: whether the server reloads by SIGHUP. One that does not is stopped and started again.
    """

    name: str
    path: str
    command: tuple[str, ...]
    reloads: bool = True


GUNICORN: Final = ("-m", "gunicorn", "--bind", "127.0.0.1:{port}", "--workers", "1")
DAPHNE: Final = ("-m", "daphne", "-b", "127.0.0.1", "-p", "{port}", "-v", "0")
KINDS: Final = (
    Kind("WebSockets, a project", "/listen/", GUNICORN),
    Kind("event streams, a project", "/events/", GUNICORN),
    Kind(
        "WebSockets, Channels on Daphne",
        "/listen/",
        (*DAPHNE, "connections_site.channels_site:application"),
        reloads=False,
    ),
)


@dataclass(frozen=True)
class Site:
    """A project with the site of this proof, and what its processes need."""

    folder: Path
    python: Path
    environment: dict[str, str]


def made(folder: Path, cache_url: str) -> Site:
    """Make a project in the folder, with the site, and its database."""
    project = render(folder)
    shutil.copytree(Path(__file__).with_name("site"), project / "connections_site")
    environment = {
        "DJANGO_SETTINGS_MODULE": "connections_site.settings",
        "SECRET_KEY": "proof-" * 10,
        "ALLOWED_HOSTS": "testserver",
        "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
        "CACHE_URL": cache_url,
        "EMAIL_URL": "consolemail://",
        "SECURE_SSL_REDIRECT": "false",  # there is no proxy before them
        "LOG_LEVEL": "WARNING",
    }
    site = Site(project, environment_for(project, *PACKAGES), environment)
    for command in ("migrate", "collectstatic"):
        done = run(site.python, "manage.py", command, "--no-input", cwd=project, **environment)
        if done.returncode:
            raise RuntimeError(done.stderr)
    return site


class Server:
    """A running server, which may be replaced by another process at the same port."""

    def __init__(self, kind: Kind, site: Site) -> None:
        """Start it, and wait until it answers."""
        self.kind, self.site = kind, site
        self.port = free_port()
        self.start()

    def start(self) -> None:
        """Start a process, and wait until it answers."""
        command = [part.format(port=self.port) for part in self.kind.command]
        self.process = subprocess.Popen(
            [self.site.python, *command],
            cwd=self.site.folder,
            env=os.environ | self.site.environment,
            start_new_session=True,
        )
        give_up = time.monotonic() + DEADLINE
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError(f"{self.kind.name} does not start")
            time.sleep(0.1)

    def ask(self, path: str) -> httpx.Response:
        """Ask for a page."""
        headers = {"Host": "testserver"}
        url = f"http://127.0.0.1:{self.port}{path}"
        return httpx.get(url, headers=headers, timeout=DEADLINE, trust_env=False)

    def answers(self) -> bool:
        """Tell whether it answers."""
        try:
            return self.ask("/").is_success
        except httpx.TransportError:
            return False

    def workers(self) -> list[psutil.Process]:
        """Return the processes that hold connections."""
        process = psutil.Process(self.process.pid)
        return process.children() if self.kind.reloads else [process]

    def memory(self) -> int:
        """Return the memory of the worker in bytes: its share of what it shares is a part of it."""
        (worker,) = self.workers()
        return int(worker.memory_full_info().pss)

    def replace(self) -> None:
        """Let a new process serve in the place of the one that does, as a deployment does."""
        if self.kind.reloads:
            self.process.send_signal(signal.SIGHUP)
            return
        self.process.terminate()
        self.process.wait(DEADLINE)
        self.start()

    def kill(self) -> None:
        """End it, and all that it has started."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def started(kind: Kind, site: Site) -> Iterator[Server]:
    """Start a server, and kill it at the end."""
    server = Server(kind, site)
    try:
        yield server
    finally:
        server.kill()
