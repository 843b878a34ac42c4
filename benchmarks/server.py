"""A peer that runs: started, watched and stopped."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

import psutil

from benchmarks.peers import POOL, Peer
from benchmarks.wrk import PeerError

HEADERS: Final = {"Host": "testserver", "X-Forwarded-Proto": "https"}
"""What the proxy in front of production sends."""

DEADLINE: Final = 60
"""How long a server may take to start or to stop, in seconds."""

STARTED: Final = "Application startup complete"
"""What Uvicorn logs when a worker can answer."""


@dataclass(frozen=True)
class Site:
    """Where the peers find the project, and what they have in common.

    others: the projects of peers that have one of their own, by the names of the peers.
    collector: host and port that peers report to.
    """

    project: Path
    python: Path
    database_url: str
    logs: Path
    workers: int
    others: Mapping[str, Path] = field(default_factory=dict)
    collector: str = ""

    def project_of(self, peer: Peer) -> Path:
        """Return the folder of the project that a peer serves."""
        return self.others.get(peer.name, self.project)

    def environment(self, settings: str, **changes: str) -> dict[str, str]:
        """Return the environment of a process with these settings."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("GUNICORN_")}
        return {
            **inherited,
            "PYTHONPATH": str(self.project),
            "DJANGO_SETTINGS_MODULE": f"benchmark_site.{settings}",
            "DATABASE_URL": self.database_url,
            "DATABASE_POOL_MAX_SIZE": str(POOL),
            # Requests that wait for a connection shall get it, however many they are.
            "DATABASE_POOL_TIMEOUT": "20",
            "CACHE_URL": "locmemcache://",
            "EMAIL_URL": "consolemail://",
            "SECRET_KEY": "benchmark-" * 5,
            "ALLOWED_HOSTS": "testserver",
            "LANES": str(POOL),
            "LOG_LEVEL": "WARNING",
            "WEB_CONCURRENCY": str(self.workers),
            **changes,
        }

    def run(self, *command: str) -> str:
        """Run Python with the project's settings, and return its output.

        Raises PeerError: it ended with an error.
        """
        done = subprocess.run(
            [self.python, *command],
            cwd=self.project,
            env=self.environment("project"),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise PeerError(f"{' '.join(command)} failed: {done.stderr.strip()}")
        return done.stdout


class Server:
    """A peer at a port."""

    def __init__(self, peer: Peer, site: Site, port: int, **changes: str) -> None:
        """Start it; wait with `wait_until_ready`."""
        self.peer = peer
        self.url = f"http://127.0.0.1:{port}"
        self.port = port
        self.log = site.logs / f"{port}.log"
        self.application_name = f"peer-{port}"
        command = [part.format(port=port, workers=site.workers) for part in peer.command]
        environment = site.environment(peer.settings, **{
            "GUNICORN_BIND": f"127.0.0.1:{port}",
            "PGAPPNAME": self.application_name,
            "PYTHONPATH": str(site.project_of(peer)),
            **{name: text.format(collector=site.collector) for name, text in peer.environment.items()},
            **changes,
        })  # fmt: skip
        with self.log.open("w") as log:
            self.process = psutil.Popen(
                [str(site.python), "-m", *command],
                cwd=site.project_of(peer) if peer.at_home else site.logs,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        """Give the server."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self.stop()

    def get(self, path: str) -> tuple[str, Mapping[str, str]]:
        """Return body and headers of a page.

        Raises OSError, also for a status of 400 or more, and PeerError for a redirect, which wrk
        would take for an answer.
        """
        request = urllib.request.Request(self.url + path, headers=HEADERS)
        without_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with without_proxy.open(request, timeout=20) as response:
            if response.url != request.full_url:
                raise PeerError(f"{path} is redirected to {response.url}")
            return response.read().decode("latin-1"), dict(response.headers)

    def wait_until_ready(self, path: str) -> float:
        """Wait until the page answers, and return for how long, in seconds.

        Raises PeerError: the server ended, or took too long.
        """
        began = time.monotonic()
        while time.monotonic() < began + DEADLINE and self.process.poll() is None:
            try:
                self.get(path)
            except OSError:
                time.sleep(0.01)
            else:
                return time.monotonic() - began
        raise PeerError(f"did not start:\n{self.log.read_text()[-2000:]}")

    def wait_until_logged(self, text: str) -> None:
        """Wait until the server has logged a text. Raises PeerError as above."""
        give_up = time.monotonic() + DEADLINE
        while text not in self.log.read_text():
            if time.monotonic() > give_up or self.process.poll() is not None:
                raise PeerError(f"did not start:\n{self.log.read_text()[-2000:]}")
            time.sleep(0.01)

    def workers(self) -> list[psutil.Process]:
        """Return the processes that answer: the children, or else the server itself."""
        return self.process.children(recursive=True) or [self.process]

    def threads(self) -> int:
        """Return how many threads the workers have."""
        return sum(worker.num_threads() for worker in self.workers())

    def memory(self) -> float:
        """Return the resident memory of a worker in megabytes; the largest, if there are more."""
        return float(max(worker.memory_info().rss for worker in self.workers())) / 1e6

    def stop(self) -> None:
        """End the server, at once if it does not go by itself."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(5)
        except psutil.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def taken(port: int) -> bool:
    """Tell whether something listens at a port."""
    with socket.socket() as probe:
        return not probe.connect_ex(("127.0.0.1", port))
