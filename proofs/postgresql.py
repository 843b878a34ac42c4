"""A PostgreSQL to work on: the one that DATABASE_URL names, or a new one in a container."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

IMAGE: Final = "postgres:18"
DEADLINE: Final = 60
"""How long the database may take to start, in seconds."""


@contextmanager
def postgresql(*settings: str, image: str = IMAGE) -> Iterator[str]:
    """Give the URL of a PostgreSQL that accepts connections.

    settings: like `max_connections=500`; only a new server in a container takes them.
    image: another than the usual one is always started.
    Raises SystemExit, with what to do, when there is none; TimeoutError when it does not start.
    """
    if image == IMAGE and (url := os.environ.get("DATABASE_URL")):
        yield url
        return
    if not has_engine():
        raise SystemExit("PostgreSQL is needed: start Docker, or name a database in DATABASE_URL.")
    options = ["--detach", "--rm", "--publish", "127.0.0.1::5432"]
    options += ["--env", "POSTGRES_PASSWORD=proof"]
    container = docker("run", *options, image, *(f"-c{setting}" for setting in settings))
    try:
        give_up = time.monotonic() + DEADLINE
        # A first server, which only sets up the database, does not listen at an address.
        while not accepts_connections(container):
            if time.monotonic() > give_up:
                raise TimeoutError(docker("logs", container))
            time.sleep(0.2)
        yield f"postgres://postgres:proof@{address(container)}/postgres"
    finally:
        docker("rm", "--force", "--volumes", container)


def address(container: str) -> str:
    """Return host and port of the server: the container's own if it can be reached from here.

    The published port goes through a process of Docker's, which costs as much as the server.
    """
    network = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
    own = docker("inspect", "--format", network, container)
    try:
        socket.create_connection((own, 5432), timeout=1).close()
    except OSError:  # Docker's network is in a virtual machine
        return docker("port", container, "5432").splitlines()[0]
    return f"{own}:5432"


def has_engine() -> bool:
    """Tell whether a Docker engine answers."""
    version = ["docker", "version"]
    quiet = subprocess.DEVNULL
    return bool(shutil.which("docker")) and not subprocess.call(version, stdout=quiet, stderr=quiet)


def accepts_connections(container: str) -> bool:
    """Tell whether the server in the container is ready."""
    ready = ["docker", "exec", container, "pg_isready", "--host", "127.0.0.1", "--quiet"]
    return subprocess.call(ready) == 0


def docker(*arguments: str) -> str:
    """Return what Docker says. Raises CalledProcessError when it fails."""
    return subprocess.run(
        ["docker", *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()
