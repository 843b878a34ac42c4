"""A pod, and what a kubelet does for it: start, probe, restart, stop."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any, Final

import httpx

from proofs.drill.containers import (
    DockerError,
    Spec,
    Surroundings,
    complaint,
    create,
    docker,
)

ADDRESS: Final = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
BACK_OFF: Final = 10
"""Seconds until what has failed is tried again, as a kubelet begins with."""


class Pod:
    """One container, from its start until it is gone."""

    def __init__(
        self,
        spec: Spec,
        around: Surroundings,
        revision: str,
        node: str,
        changed: Callable[[Pod], None],
    ) -> None:
        """Start it.

        revision: of the Deployment that it belongs to.
        node: where it runs.
        changed: called when it becomes ready, and when it is that no more.
        """
        self.spec = spec
        self.revision = revision
        self.node = node
        self.address = ""
        self.ready_since: float | None = None
        self.terminating = False
        self.killed = False
        self.refusals = 0
        self.problem = ""
        self._around = around
        self._changed = changed
        self._name = f"drill-{uuid.uuid4().hex[:12]}"
        self._is_made = False
        self._life = asyncio.create_task(self._live())

    def is_available(self, seconds: float) -> bool:
        """Tell whether it has been ready for so long."""
        since = self.ready_since
        return not self.terminating and since is not None and time.monotonic() - since >= seconds

    async def says(self) -> str:
        """Return what keeps it from serving, as far as it tells."""
        return self.problem or await complaint(self._name)

    async def stop(self) -> None:
        """Do what its preStop says, send SIGTERM, and kill it when the grace period is over."""
        self.terminating = True
        self._life.cancel()
        self._note(ready=False)
        try:
            async with asyncio.timeout(self.spec.get("terminationGracePeriodSeconds", 30)):
                await self._stop_in_order()
        except TimeoutError:
            self.killed = True
        await self.remove()

    async def _stop_in_order(self) -> None:
        [container] = self.spec["containers"]
        hook = container.get("lifecycle", {}).get("preStop", {})
        await asyncio.sleep(hook.get("sleep", {}).get("seconds", 0))
        with suppress(DockerError):  # it does not run
            await docker("kill", "--signal=TERM", self._name)
            await docker("wait", self._name)

    async def lose(self) -> None:
        """Take its network away and kill it, as when its node is gone; nobody is told."""
        self._life.cancel()
        await docker("network", "disconnect", "--force", "bridge", self._name)
        await docker("kill", self._name)

    async def remove(self) -> None:
        """Leave nothing of it."""
        self._life.cancel()
        await asyncio.wait([self._life])
        with suppress(DockerError):  # it was never made
            await docker("rm", "--force", self._name)

    def gone(self) -> None:
        """Take notice that its node does not answer."""
        self.terminating = True
        self._note(ready=False)

    async def _live(self) -> None:
        """Start it again whenever it has ended, or its probes have given up."""
        while True:
            try:
                if not self._is_made:
                    await create(self._name, self.spec, self._around)
                    self._is_made = True
                await docker("start", self._name)
                self.address = await docker("inspect", "--format", ADDRESS, self._name)
                await self._watch()
            except DockerError as error:
                self.problem = str(error)
            with suppress(DockerError):  # it has ended by itself
                await docker("kill", self._name)
            self.refusals += 1
            self._note(ready=False)
            await asyncio.sleep(BACK_OFF)

    async def _watch(self) -> None:
        """Return when it has ended, or is not to go on."""
        tasks = [
            asyncio.create_task(docker("wait", self._name)),
            asyncio.create_task(self._probed()),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()

    async def _probed(self) -> None:
        """Return when a probe has failed that must not."""
        [container] = self.spec["containers"]
        async for passed in self._verdicts(container["startupProbe"]):
            if not passed:
                return
            break
        readiness = asyncio.create_task(self._follow(container["readinessProbe"]))
        try:
            async for alive in self._verdicts(container["livenessProbe"]):
                if not alive:
                    return
        finally:
            readiness.cancel()

    async def _follow(self, probe: dict[str, Any]) -> None:
        async for ready in self._verdicts(probe):
            self.refusals += not ready
            self._note(ready=ready)

    async def _verdicts(self, probe: dict[str, Any]) -> AsyncIterator[bool]:
        """Yield what holds, each time that the probe has passed or failed often enough in a row."""
        passed = failed = 0
        while True:
            if await self._passes(probe):
                passed, failed = passed + 1, 0
            else:
                passed, failed = 0, failed + 1
            if passed >= probe.get("successThreshold", 1):
                yield True
            elif failed >= probe.get("failureThreshold", 3):
                yield False
            await asyncio.sleep(probe.get("periodSeconds", 10))

    async def _passes(self, probe: dict[str, Any]) -> bool:
        [container] = self.spec["containers"]
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        address = f"http://{self.address}:{ports[probe['httpGet']['port']]}"
        async with httpx.AsyncClient(trust_env=False, verify=False) as kubelet:  # noqa: S501  # plain HTTP
            try:
                answer = await kubelet.get(
                    address + probe["httpGet"]["path"], timeout=probe.get("timeoutSeconds", 1)
                )
            except httpx.HTTPError:
                return False
        return not answer.is_error

    def _note(self, *, ready: bool) -> None:
        if ready != (self.ready_since is not None):
            self.ready_since = time.monotonic() if ready else None
            self._changed(self)
