"""A registry of images on this machine, which asks for a password."""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rendering import run
from stacks import DEADLINE, docker, unique_slug

IMAGE: Final = "delivery-test-registry"
DOCKERFILE: Final = """
FROM python:3.14-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends apache2-utils docker-registry
"""
SERVE: Final = """
htpasswd -Bbc /etc/docker/registry/htpasswd "$LOGIN" "$PASSWORD" && exec docker-registry serve /etc/docker/registry/config.yml
"""


@dataclass(frozen=True)
class Registry:
    """A registry, and a folder for Docker's client that will know its password after a login."""

    container: str
    address: str
    login: str
    password: str
    docker_config: Path

    def stop(self) -> None:
        """Let it answer nobody."""
        docker("stop", self.container)

    def push(self, name: str, image: str) -> str:
        """Push an image under a name, and return what it is called for good."""
        tagged = f"{self.address}/{name}:{secrets.token_hex(8)}"
        docker("tag", image, tagged)
        pushed = run(
            "docker", "push", tagged, cwd=Path.cwd(), DOCKER_CONFIG=str(self.docker_config)
        )
        assert pushed.returncode == 0, pushed.stderr
        digest = docker("image", "inspect", "--format", '{{join .RepoDigests " "}}', tagged)
        [called] = [
            found for found in digest.split() if found.startswith(tagged.rpartition(":")[0])
        ]
        docker("image", "rm", tagged)
        return called


@contextlib.contextmanager
def started_registry(folder: Path) -> Iterator[Registry]:
    """Start a registry that nobody has logged in to yet, and remove it at the end."""
    build = ["docker", "build", "--quiet", "--tag", IMAGE, "-"]
    subprocess.run(build, check=True, input=DOCKERFILE, encoding="utf-8", stdout=subprocess.DEVNULL)
    login, password = "robot", secrets.token_urlsafe(24)
    container = docker(
        "run", "--detach", "--name", unique_slug(), "--publish", "127.0.0.1::5000",
        "--env", f"LOGIN={login}", "--env", f"PASSWORD={password}", IMAGE, "sh", "-c", SERVE,
    )  # fmt: skip
    try:
        address = docker("port", container, "5000/tcp").splitlines()[0]
        # The plugins of Docker's client, Compose among them, may be where its passwords are.
        config = folder / "docker"
        config.mkdir()
        plugins = Path(os.environ.get("DOCKER_CONFIG", Path.home() / ".docker")) / "cli-plugins"
        (config / "cli-plugins").symlink_to(plugins)
        registry = Registry(container, address, login, password, config)
        deadline = time.monotonic() + DEADLINE
        while "listening on" not in _log(container):
            assert time.monotonic() < deadline, _log(container)
            time.sleep(0.1)
        yield registry
    finally:
        docker("rm", "--force", "--volumes", container)


def _log(container: str) -> str:
    result = run("docker", "logs", container, cwd=Path.cwd())
    return result.stdout + result.stderr
