"""The stack of a project on a swarm of this machine alone: released, asked, and removed again."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rendering import run
from stacks import BUILD_TIMEOUT, Production, docker, free_port, make_deployable

LABELS: Final = ("data", "proxy")
"""Those of the nodes that keep data, and that visitors come to."""


@dataclass(frozen=True)
class Swarm(Production):
    """A stack that is called as its project; its environment is that of each release."""

    @property
    def repository(self) -> str:
        """What all images are called, but for the tag."""
        return self.folder.name

    @property
    def image(self) -> str:
        """The first version."""
        return f"{self.repository}:1"

    def release(self, image: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Type what docs/swarm.md says."""
        changes = self.environment | environment | {"IMAGE": image}
        return run("sh", "deploy/swarm/release", cwd=self.folder, **changes)

    def version(self, name: str, change: str) -> str:
        """Build an image of the first version and a change, a line of a shell; return its name."""
        image = f"{self.repository}:{name}"
        lines = [f"FROM {self.image}", "USER root", f"RUN {change}", "USER 1000:1000"]
        built = run("docker", "build", "--tag", image, "-", cwd=self.folder, typed="\n".join(lines))
        assert built.returncode == 0, built.stderr
        return image

    def containers(self, service: str) -> list[str]:
        """Return those of a service that run."""
        name = f"{self.folder.name}_{service}"
        label = f"label=com.docker.swarm.service.name={name}"
        return docker("ps", "--quiet", "--no-trunc", "--filter", label).split()

    def execute(self, service: str, *command: str) -> str:
        """Return what a command prints in one of the containers of a service."""
        return docker("exec", self.containers(service)[0], *command)

    def images(self, service: str) -> set[str]:
        """Return what the containers of a service are made of."""
        found = docker("inspect", "--format", "{{.Config.Image}}", *self.containers(service))
        return set(found.split())

    @contextlib.contextmanager
    def removed(self) -> Iterator[None]:
        """Remove everything that the stack made, at the end, and see that nothing is left."""
        mine = f"label=com.docker.stack.namespace={self.folder.name}"
        try:
            yield
        finally:
            docker("stack", "rm", self.folder.name)
            wait_until_gone("container", "--all", mine)
            wait_until_gone("network", mine)
            for kind in ("secret", "volume"):
                named = docker(kind, "ls", "--quiet", "--filter", f"name={self.folder.name}_")
                if named:
                    docker(kind, "rm", *named.split())
            own = docker("image", "ls", "--quiet", self.folder.name)
            docker("image", "rm", "--force", *set(own.split()))


def wait_until_gone(kind: str, *arguments: str) -> None:
    """Wait until Docker lists nothing of a kind. Raises AssertionError after the deadline."""
    *options, of = arguments
    deadline = time.monotonic() + BUILD_TIMEOUT
    while found := docker(kind, "ls", "--quiet", *options, "--filter", of):
        assert time.monotonic() < deadline, found
        time.sleep(0.2)


@contextlib.contextmanager
def on_a_swarm() -> Iterator[None]:
    """Make this machine a swarm with the labels of its node, unless it is one; undo what was done."""
    state = docker("info", "--format", "{{.Swarm.LocalNodeState}}")
    if made := state != "active":
        docker("swarm", "init", "--advertise-addr", "127.0.0.1")
    node = docker("info", "--format", "{{.Swarm.NodeID}}")
    labels = docker("node", "inspect", "--format", "{{json .Spec.Labels}}", node)
    missing = [label for label in LABELS if f'"{label}"' not in labels]
    for label in missing:
        docker("node", "update", "--label-add", f"{label}=true", node)
    try:
        yield
    finally:
        if made and not docker("service", "ls", "--quiet"):
            docker("swarm", "leave", "--force")
        elif not docker("service", "ls", "--quiet"):
            for label in missing:
                docker("node", "update", "--label-rm", label, node)


@contextlib.contextmanager
def started_swarm(folder: Path, **environment: str) -> Iterator[Swarm]:
    """Build the first version of a project, release it, and remove all of it at the end.

    environment: changes for each release.
    """
    make_deployable(folder)
    defaults = {"DOMAIN": "localhost", "HTTP_PORT": free_port(), "HTTPS_PORT": free_port()}
    stack = Swarm(folder, defaults | environment)
    built = run("docker", "build", "--target", "production", "--tag", stack.image, ".", cwd=folder)
    assert built.returncode == 0, built.stderr
    with on_a_swarm(), stack.removed():
        released = stack.release(stack.image)
        assert released.returncode == 0, released.stderr
        yield stack
