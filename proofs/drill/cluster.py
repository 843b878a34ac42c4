"""What keeps the pods of web as its manifests ask for: a controller, and those who disturb it."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any, Final

from kustomize import Manifest, one

from proofs.drill.balancer import Endpoints
from proofs.drill.containers import DockerError, Surroundings, create, docker
from proofs.drill.pod import Pod

TICK: Final = 0.1
"""How often the controller looks, in seconds."""

NODES: Final = ("first", "second", "third")
UNREACHABLE: Final = 50
"""Seconds until a node that says nothing is taken for lost (--node-monitor-grace-period)."""

DEADLINE: Final = 600
"""How long anything may take, in seconds; only a drill that hangs reaches it."""


class Cluster:
    """The pods of one Deployment, and the machines that they are on."""

    def __init__(self, endpoints: Endpoints, around: Surroundings) -> None:
        """Begin without pods."""
        self.endpoints = endpoints
        self.around = around
        self.pods: list[Pod] = []
        self.stopped: list[Pod] = []
        self.replicas = 0
        self.cordoned: set[str] = set()
        self._manifests: list[Manifest] = []
        self._stopping: set[asyncio.Task[None]] = set()

    def apply(self, manifests: list[Manifest]) -> asyncio.Task[None]:
        """Take over new manifests, and begin with their migrations; return those."""
        self._manifests = manifests
        config = one(manifests, "ConfigMap", "config")["data"]
        self.around = replace(self.around, variables=config)
        self.replicas = one(manifests, "HorizontalPodAutoscaler")["spec"]["minReplicas"]
        return asyncio.create_task(self._migrate(one(manifests, "Job", "migrate")))

    async def _migrate(self, job: Manifest) -> None:
        name = f"drill-{uuid.uuid4().hex[:12]}"
        with suppress(DockerError):  # there is no such image, or they fail: no pod becomes ready
            await create(name, job["spec"]["template"]["spec"], self.around)
            await docker("start", "--attach", name)
        with suppress(DockerError):
            await docker("rm", "--force", name)

    @property
    def deployment(self) -> Any:
        """The specification of web."""
        return one(self._manifests, "Deployment", "web")["spec"]

    @property
    def revision(self) -> str:
        """What makes a pod a new one."""
        config = one(self._manifests, "ConfigMap", "config")["metadata"]["name"]
        return json.dumps([self.deployment["template"], config], sort_keys=True)

    async def control(self) -> None:
        """Start and stop pods, until cancelled."""
        while True:
            if self._manifests:
                self._reconcile()
            await asyncio.sleep(TICK)

    def _reconcile(self) -> None:
        """Do as the controller of Deployments does for a rolling update.

        https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/deployment/rolling.go
        """
        limits = self.deployment["strategy"]["rollingUpdate"]
        current = [pod for pod in self.pods if self._is_current(pod)]
        former = [pod for pod in self.pods if not self._is_current(pod)]
        if len(current) > self.replicas:
            self._stop(current[-1])
        elif len(current) < self.replicas and len(self.pods) < self.replicas + (
            limits["maxSurge"] if former else 0
        ):
            self._start()
        least = self.replicas - limits["maxUnavailable"]
        current_unavailable = sum(not self._is_available(pod) for pod in current)
        useless = [pod for pod in former if not self._is_available(pod)]
        if useless and len(self.pods) - least - current_unavailable > 0:
            self._stop(useless[0])
        elif former and sum(map(self._is_available, self.pods)) > least:
            self._stop(former[0])

    def _is_current(self, pod: Pod) -> bool:
        return pod.revision == self.revision

    def _is_available(self, pod: Pod) -> bool:
        return pod.is_available(self.deployment.get("minReadySeconds", 0))

    def _start(self) -> None:
        """Put a pod on the node with the fewest, as topologySpreadConstraints ask."""
        nodes = [node for node in NODES if node not in self.cordoned]
        node = min(nodes, key=lambda name: sum(pod.node == name for pod in self.pods))
        spec = self.deployment["template"]["spec"]
        self.pods.append(Pod(spec, self.around, self.revision, node, self.endpoints.changed))

    def _stop(self, pod: Pod) -> None:
        self.pods.remove(pod)
        self.stopped.append(pod)
        task = asyncio.create_task(pod.stop())
        self._stopping.add(task)
        task.add_done_callback(self._stopping.discard)

    async def rolled_out(self) -> None:
        """Wait until all pods are of this version and available, and all others are gone."""
        await until(
            lambda: (
                len(self.pods) == self.replicas
                and all(self._is_current(pod) and self._is_available(pod) for pod in self.pods)
                and not self._stopping
            )
        )

    async def drain(self, *nodes: str) -> None:
        """Evict the pods of nodes, as far and as soon as the PodDisruptionBudget allows."""
        self.cordoned |= set(nodes)
        budget = one(self._manifests, "PodDisruptionBudget", "web")["spec"]["maxUnavailable"]
        while leaving := [pod for pod in self.pods if pod.node in nodes]:
            healthy = sum(pod.ready_since is not None for pod in self.pods)
            if healthy > self.replicas - budget:
                self._stop(leaving[0])
            await asyncio.sleep(TICK)
        await self.rolled_out()
        self.cordoned -= set(nodes)

    async def lose(self, node: str) -> None:
        """Let a node go silent: its pods answer nobody, and that is noticed late."""
        lost = [pod for pod in self.pods if pod.node == node]
        self.cordoned.add(node)
        await asyncio.gather(*(pod.lose() for pod in lost))
        await asyncio.sleep(UNREACHABLE)
        for pod in lost:
            pod.gone()
        [tolerated] = {
            each["tolerationSeconds"] for each in self.deployment["template"]["spec"]["tolerations"]
        }
        await asyncio.sleep(tolerated)
        for pod in lost:
            self._stop(pod)
        await self.rolled_out()
        self.cordoned.discard(node)

    async def remove(self) -> None:
        """Leave no container."""
        await asyncio.gather(*(pod.remove() for pod in (*self.pods, *self.stopped)))


async def until(condition: Callable[[], bool]) -> None:
    """Poll until a condition holds. Raises TimeoutError after the deadline."""
    give_up = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > give_up:
            raise TimeoutError("the drill waited in vain")
        await asyncio.sleep(TICK)


@asynccontextmanager
async def cluster(endpoints: Endpoints, around: Surroundings) -> AsyncIterator[Cluster]:
    """Give a cluster whose controller works, and leave nothing of it."""
    made = Cluster(endpoints, around)
    controller = asyncio.create_task(made.control())
    try:
        yield made
    finally:
        controller.cancel()
        await made.remove()
