"""The manifests of a project, as `kubectl kustomize` builds them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any, Final

import yaml
from rendering import run

type Manifest = dict[str, Any]
"""One object of Kubernetes."""

MISSING: Final = not shutil.which("kubectl") and os.environ.get("CI") != "true"
INSTALL: Final = (
    "kubectl 1.30 or newer is needed: https://kubernetes.io/docs/tasks/tools/, or, on Debian 13 and "
    "newer, apt-get install kubernetes-client"
)


def build(folder: Path) -> list[Manifest]:
    """Return what a kustomization makes. Raises AssertionError with what kubectl says."""
    assert shutil.which("kubectl"), INSTALL
    built = run("kubectl", "kustomize", str(folder), cwd=folder)
    assert built.returncode == 0, built.stderr
    return list(yaml.safe_load_all(built.stdout))


def one(manifests: list[Manifest], kind: str, name: str = "") -> Manifest:
    """Return the only object of a kind, or that of a name, which may end in a hash.

    Raises ValueError when there is not exactly one.
    """
    [found] = [
        manifest
        for manifest in manifests
        if manifest["kind"] == kind and manifest["metadata"]["name"].startswith(name)
    ]
    return found
