"""Three machines of a swarm, each an engine in a container of this one's, and a registry."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from rendering import run
from stacks import docker

IMAGE: Final = "swarm-proof-node"
REGISTRY: Final = "registry:5000"
DEADLINE: Final = 600
"""How long anything here may take, in seconds."""

REGISTRY_SETTINGS: Final = """\
version: 0.1
storage: {filesystem: {rootdirectory: /var/lib/docker}}
http: {addr: ":5000"}
"""


@dataclass(frozen=True)
class Node:
    """An engine: its container, its socket on this machine, and its name in the swarm."""

    container: str
    socket: Path

    @property
    def name(self) -> str:
        """What the swarm calls it."""
        return self.container[:12]

    def docker(self, *arguments: str) -> str:
        """Return what docker prints on this node."""
        with self.addressed():
            return docker(*arguments)

    def containers(self, service: str) -> list[str]:
        """Return those of a service that run here."""
        label = f"label=com.docker.swarm.service.name={service}"
        return self.docker("ps", "--quiet", "--filter", label).split()

    @contextlib.contextmanager
    def addressed(self) -> Iterator[None]:
        """Let every docker command of this process go to this node."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("DOCKER_HOST", f"unix://{self.socket}")
            yield

    def load(self, *images: str) -> None:
        """Copy images from this machine."""
        with subprocess.Popen(["docker", "save", *images], stdout=subprocess.PIPE) as saved:
            subprocess.run(
                ["docker", "load", "--quiet"],
                env=os.environ | {"DOCKER_HOST": f"unix://{self.socket}"},
                stdin=saved.stdout,
                check=True,
                stdout=subprocess.DEVNULL,
            )


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Poll until a condition holds. Raises TimeoutError after the deadline."""
    give_up = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > give_up:
            raise TimeoutError(what)
        time.sleep(0.2)


@contextlib.contextmanager
def swarm_of(number: int, folder: Path, port: str) -> Iterator[list[Node]]:
    """Give so many nodes; the first is the manager, keeps the data and has the proxy.

    port: where the first one's is published on this machine.
    """
    file = Path(__file__).with_name("node.Dockerfile")
    built = run("docker", "build", "--tag", IMAGE, "-", cwd=folder, typed=file.read_text())
    built.check_returncode()
    network = docker("network", "create", folder.name)
    started: list[str] = []
    try:
        settings = folder / "registry.yml"
        settings.write_text(REGISTRY_SETTINGS)
        mount = f"{settings}:/etc/registry.yml:ro"
        place = ["--detach", "--network", network]
        serve = ["docker-registry", "serve", "/etc/registry.yml"]
        alias = ["--network-alias", "registry"]
        started.append(docker("run", *place, *alias, "--volume", mount, IMAGE, *serve))
        nodes = []
        for index in range(number):
            (folder / f"node{index}").mkdir()
            own = ["--privileged", "--volume", f"{folder}/node{index}:/run/node"]
            own += [] if index else ["--publish", f"127.0.0.1:{port}:{port}"]
            engine = ["dockerd", "--host=unix:///run/node/docker.sock"]
            engine += ["--host=unix:///var/run/docker.sock", f"--insecure-registry={REGISTRY}"]
            started.append(docker("run", *place, *own, IMAGE, *engine))
            nodes.append(Node(started[-1], folder / f"node{index}" / "docker.sock"))
        for node in nodes:
            wait_until(lambda: answers(node), "an engine in a container does not start")  # noqa: B023  # called at once
        join(nodes)
        yield nodes
    finally:
        docker("rm", "--force", "--volumes", *started)
        docker("network", "rm", network)


def answers(node: Node) -> bool:
    """Whether the engine of a node has started."""
    try:
        node.docker("info")
    except subprocess.CalledProcessError:
        return False
    return True


def join(nodes: list[Node]) -> None:
    """Make a swarm of nodes."""
    manager, *workers = nodes
    address = docker(
        "inspect",
        "-f",
        "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}",
        manager.container,
    )
    manager.docker("swarm", "init", "--advertise-addr", address)
    token = manager.docker("swarm", "join-token", "--quiet", "worker")
    for worker in workers:
        with contextlib.suppress(subprocess.CalledProcessError):  # it goes on trying
            worker.docker("swarm", "join", "--token", token, f"{address}:2377")
    ready = ["node", "ls", "--format", "{{.Hostname}} {{.Status}}"]
    wait_until(
        lambda: manager.docker(*ready).count(" Ready") == len(nodes),
        "a node does not join the swarm",
    )
    for label in ("data", "proxy"):
        manager.docker("node", "update", "--label-add", f"{label}=true", manager.name)
