"""A worker of a project keeps nothing of the requests that it has answered.

    nox -s leak

It needs PostgreSQL: the one that DATABASE_URL names, or else one in a container of Docker.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from quality import environment_for
from rendering import render

IMAGE: Final = "postgres:18"
DEADLINE: Final = 60
"""How long the database may take to start, in seconds."""


def main() -> int:
    """Run the test in a new project, and return its exit code."""
    with tempfile.TemporaryDirectory() as folder, database() as url:
        project = render(Path(folder))
        shutil.copytree(Path(__file__).with_name("leak"), project / "tests" / "leak")
        command = [
            str(environment_for(project)),
            "-m",
            "pytest",
            "-qsp",
            "no:logging",
            "tests/leak",
        ]
        return subprocess.call(command, cwd=project, env=os.environ | {"DATABASE_URL": url})


@contextmanager
def database() -> Iterator[str]:
    """Give the URL of a PostgreSQL that accepts connections.

    Raises TimeoutError when it does not in time.
    """
    if url := os.environ.get("DATABASE_URL"):
        yield url
        return
    options = [
        "--detach",
        "--rm",
        "--publish",
        "127.0.0.1::5432",
        "--env",
        "POSTGRES_PASSWORD=leak",
    ]
    container = docker("run", *options, IMAGE)
    try:
        address = docker("port", container, "5432").splitlines()[0]
        give_up = time.monotonic() + DEADLINE
        # A first server, which only sets up the database, does not listen at an address.
        while not accepts_connections(container):
            if time.monotonic() > give_up:
                raise TimeoutError(docker("logs", container))
            time.sleep(0.2)
        yield f"postgres://postgres:leak@{address}/postgres"
    finally:
        docker("rm", "--force", "--volumes", container)


def accepts_connections(container: str) -> bool:
    """Tell whether the server in the container is ready."""
    ready = ["docker", "exec", container, "pg_isready", "--host", "127.0.0.1", "--quiet"]
    return subprocess.call(ready) == 0


def docker(*arguments: str) -> str:
    """Return what Docker says. Raises CalledProcessError when it fails."""
    return subprocess.run(
        ["docker", *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
