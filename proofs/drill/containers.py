"""Containers as a manifest asks for them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

type Spec = Mapping[str, Any]
"""The specification of a pod, with one container."""


class DockerError(Exception):
    """Docker refuses; the text is its last line."""


async def docker(*arguments: str) -> str:
    """Return what Docker prints. Raises DockerError."""
    process = await asyncio.create_subprocess_exec(
        "docker", *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        out, err = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode:
        raise DockerError(err.decode().strip().splitlines()[-1])
    return out.decode().strip()


async def complaint(container: str) -> str:
    """Return the first warning or error that a container has written, or nothing."""
    process = await asyncio.create_subprocess_exec(
        "docker",
        "logs",
        container,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    for line in out.decode().splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            return line
        if record["level"] not in {"DEBUG", "INFO"}:
            return str(record["message"])
    return ""


@dataclass(frozen=True)
class Surroundings:
    """What a specification refers to: the variables of the ConfigMap, and the files of the Secret."""

    variables: Mapping[str, str]
    secrets: Path


async def create(name: str, spec: Spec, around: Surroundings) -> None:
    """Make a container of that name. Raises DockerError, also where there is no image."""
    [container] = spec["containers"]
    command = [*container.get("command", ()), *container.get("args", ())]
    options = [f"--name={name}", *_limits(spec, container), *_variables(container, around)]
    options += _volumes(spec, container, around)
    await docker("create", "--pull=never", *options, container["image"], *command)


def _limits(spec: Spec, container: Spec) -> Iterator[str]:
    context = {**spec["securityContext"], **container["securityContext"]}
    yield f"--user={context['runAsUser']}:{context['runAsGroup']}"
    yield f"--group-add={context['fsGroup']}"
    yield f"--read-only={str(context['readOnlyRootFilesystem']).lower()}"
    yield f"--security-opt=no-new-privileges={str(not context['allowPrivilegeEscalation']).lower()}"
    for capability in context["capabilities"]["drop"]:
        yield f"--cap-drop={capability}"
    yield f"--memory={_size(container['resources']['limits']['memory'])}"


def _variables(container: Spec, around: Surroundings) -> Iterator[str]:
    if container.get("envFrom"):
        for name, value in around.variables.items():
            yield f"--env={name}={value}"


def _volumes(spec: Spec, container: Spec, around: Surroundings) -> Iterator[str]:
    volumes = {volume["name"]: volume for volume in spec["volumes"]}
    for mount in container["volumeMounts"]:
        volume, path = volumes[mount["name"]], mount["mountPath"]
        if "secret" in volume:
            for file in around.secrets.iterdir():
                yield f"--volume={file}:{path}/{file.name}:ro"
        else:
            yield f"--tmpfs={path}:size={_size(volume['emptyDir']['sizeLimit'])},mode=1777"


def _size(quantity: str) -> str:
    """Return what Docker calls 1Gi."""
    return quantity.removesuffix("i").lower()
