"""What happens to pods, and what a person would see of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from proofs.drill.cluster import NODES, Cluster, until
from proofs.drill.releases import Releases

UNKNOWN: Final = "sha256:" + "0" * 64


class Drill(NamedTuple):
    """A cluster, the versions that there are, and whether pods serve on before they stop."""

    cluster: Cluster
    releases: Releases
    pre_stop: bool = True

    async def deploy(self, image: str, **variables: str) -> None:
        """Release a version, and wait until it serves."""
        manifests = self.releases.manifests(image, pre_stop=self.pre_stop, **variables)
        migrations = self.cluster.apply(manifests)
        await self.cluster.rolled_out()
        await migrations

    async def refused(self, image: str, **variables: str) -> str:
        """Release a version that cannot serve, return what its pod says, and go back."""
        manifests = self.releases.manifests(image, pre_stop=self.pre_stop, **variables)
        serving = list(self.cluster.pods)
        migrations = self.cluster.apply(manifests)
        await until(lambda: any(pod not in serving for pod in self.cluster.pods))
        [new] = [pod for pod in self.cluster.pods if pod not in serving]
        await migrations
        await until(lambda: new.refusals > 1)
        said = await new.says()
        went_on = set(serving) <= set(self.cluster.pods)
        await self.deploy("first")
        return said if went_on else f"{said}; a pod that served was stopped"


type Scenario = Callable[[Drill], Awaitable[str]]


async def update(drill: Drill) -> str:
    """Deploy a version with a migration, then go back to the former."""
    await drill.deploy("second")
    await drill.deploy("first")
    return ""


async def evict(drill: Drill) -> str:
    """Drain two of three nodes at a time, one after the other."""
    for nodes in (NODES[:2], NODES[1:], NODES[::2]):
        await drill.cluster.drain(*nodes)
    return ""


async def scale(drill: Drill) -> str:
    """Add two pods, and take them away."""
    usual = drill.cluster.replicas
    for replicas in (usual + 2, usual):
        drill.cluster.replicas = replicas
        await drill.cluster.rolled_out()
    return ""


async def fail_migration(drill: Drill) -> str:
    """Deploy a version whose migration fails."""
    return await drill.refused("failing")


async def name_no_image(drill: Drill) -> str:
    """Deploy a digest that is not in the registry."""
    return await drill.refused(UNKNOWN)


async def name_no_variable(drill: Drill) -> str:
    """Deploy a variable with a value that it cannot have."""
    return await drill.refused("first", LOG_LEVEL="LOUD")


async def forget_secret(drill: Drill) -> str:
    """Deploy with a Secret that lacks a key."""
    key = drill.releases.secrets / "secret_key"
    moved = key.rename(drill.releases.project / "secret_key")
    try:
        return await drill.refused("second")
    finally:
        moved.rename(key)


async def lose_node(drill: Drill) -> str:
    """Let one of the nodes that pods are on go silent.

    Pods are spread when they start, and a drain leaves them where there was room: so, an update first.
    """
    await drill.deploy("second")
    await drill.cluster.lose(drill.cluster.pods[0].node)
    return ""


LOSSLESS: Final[dict[str, Scenario]] = {
    "update, with a migration, and back": update,
    "nodes are drained, two at a time": evict,
    "two pods more, two less": scale,
    "the migration of a version fails": fail_migration,
    "a digest that the registry does not know": name_no_image,
    "a variable with a wrong value": name_no_variable,
    "the secret lacks a key": forget_secret,
}
"""Those in which nothing may be lost."""

LOSING: Final[dict[str, Scenario]] = {"a node goes silent": lose_node}
"""Those in which something must be, as nobody can know at once."""

WITHOUT_PRE_STOP: Final[dict[str, Scenario]] = {
    "update, without preStop": update,
    "nodes are drained, without preStop": evict,
}
"""Those which show that the drill counts what it is made to count."""

SCENARIOS: Final = LOSSLESS | LOSING | WITHOUT_PRE_STOP
"""All of them, in the order in which they are done."""
