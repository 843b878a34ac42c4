"""A site on a swarm of three nodes, and those who visit it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
from rendering import run
from stacks import docker, free_port, make_deployable
from swarms import Swarm

from proofs.faults.stack import with_pages
from proofs.faults.visitors import Answer, Ask, Visitors
from proofs.soak.pages import mixed
from proofs.swarm.nodes import REGISTRY, Node, swarm_of, wait_until

SLUG: Final = "shop"
"""Always the same, so that a second run has the layers of the first."""

PAGES: Final = "\nENV DJANGO_SETTINGS_MODULE=fault_site.settings\n"
OTHERS: Final = ("postgres:18", "valkey/valkey:9", "caddy:2")
"""The images besides the project's."""


class Pushed(Swarm):
    """A stack whose versions come from a registry."""

    @property
    def repository(self) -> str:
        """With the registry."""
        return f"{REGISTRY}/{self.folder.name}"

    def version(self, name: str, change: str) -> str:
        """Push it, too, and return its digest."""
        return self.push(super().version(name, change))

    def push(self, image: str) -> str:
        """Return the name of an image with its digest."""
        docker("push", "--quiet", image)
        return docker("inspect", "--format", "{{index .RepoDigests 0}}", image)


@dataclass(frozen=True)
class Site:
    """The stack, the nodes, and the visitors."""

    stack: Pushed
    nodes: list[Node]
    visitors: Visitors

    @property
    def web(self) -> str:
        """The name of the service."""
        return f"{self.stack.folder.name}_web"

    def settled(self, number: int) -> None:
        """Wait until so many containers of web serve, and no others run."""

        def is_settled() -> bool:
            format_ = "{{.Replicas}}"
            shown = docker("service", "ls", "--filter", f"name={self.web}", "--format", format_)
            running = sum(len(node.containers(self.web)) for node in self.alive())
            return shown == f"{number}/{number}" and running == number

        wait_until(is_settled, f"web has not {number} containers")

    def alive(self) -> list[Node]:
        """Return the nodes whose engine runs."""
        hosts = docker("node", "ls", "--format", "{{.Hostname}} {{.Status}}")
        return [node for node in self.nodes if f"{node.name} Ready" in hosts]

    def beside_the_manager(self) -> Node:
        """Return a node with a container of web that is not the manager's."""
        return next(node for node in self.alive()[1:] if node.containers(self.web))


def anew(browser: httpx.Client, page: str) -> Answer:
    """Ask on a connection that is closed afterwards."""
    answer = browser.get(page, headers={"Connection": "close"})
    return str(answer.status_code), answer.text


def counting() -> Ask:
    """Return who expects that the session goes on counting."""
    last = 0

    def ask(browser: httpx.Client, page: str) -> Answer:
        nonlocal last
        answer = browser.get(page)
        if answer.status_code != httpx.codes.OK:
            return str(answer.status_code), answer.text
        former, last = last, int(answer.text)
        # A container that is killed may have counted for an answer that came from another one.
        return ("200" if last > former else "session lost"), answer.text

    return ask


def pages(stack: Swarm) -> Mapping[str, Ask]:
    """Return what is asked for all the time: pages, uploads, event streams, WebSockets."""
    return {**mixed(stack), "/visits/": counting(), "/plain/?anew": anew, "/write/?anew": anew}


@contextlib.contextmanager
def released(folder: Path) -> Iterator[Site]:
    """Release a site to three nodes, let visitors come, and remove everything at the end."""
    project = with_pages(folder, SLUG)
    make_deployable(project)
    with (project / "Dockerfile").open("a") as dockerfile:
        dockerfile.write(PAGES)
    port = free_port()
    stack = Pushed(project, {"DOMAIN": "localhost", "HTTP_PORT": "80", "HTTPS_PORT": port})
    built = run("docker", "build", "--tag", stack.image, ".", cwd=project)
    built.check_returncode()
    try:
        with swarm_of(3, folder, port) as nodes:
            nodes[0].load(stack.image, *OTHERS)
            with nodes[0].addressed():
                first = stack.release(stack.push(stack.image))
                if first.returncode:
                    raise RuntimeError(first.stderr)
                yield Site(stack, nodes, Visitors(stack, pages(stack)))
    finally:
        docker("image", "rm", "--force", stack.image)
