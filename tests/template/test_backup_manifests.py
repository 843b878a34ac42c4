"""Backup and restore on Kubernetes: valid manifests, which run what they say."""

from __future__ import annotations

import shutil
from pathlib import Path

import kubernetes_validate
import pytest
from kustomize import INSTALL, MISSING, Manifest, build, one

pytestmark = pytest.mark.skipif(MISSING, reason=INSTALL)

COMPONENTS = ("backup", "restore")
STEPS = ["load", "migrate", "verify", "media", "swap"]


@pytest.fixture(scope="module")
def manifests(project: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Manifest]:
    """Return production with both components, as docs/backups.md says."""
    folder = shutil.copytree(
        project / "deploy" / "kubernetes", tmp_path_factory.mktemp("manifests") / "kubernetes"
    )
    kustomization = folder / "production" / "kustomization.yaml"
    listed = "".join(f"  - ../{name}\n" for name in COMPONENTS)
    text = kustomization.read_text("utf-8") + f"components:\n{listed}"
    kustomization.write_text(text, "utf-8")
    return build(folder / "production")


@pytest.mark.parametrize("version", ["1.30", kubernetes_validate.latest_version()])
def test_manifests_are_valid(manifests: list[Manifest], version: str) -> None:
    """For the oldest version that is supported, and for the newest."""
    for kind, name in (("CronJob", "backup"), ("Job", "restore"), ("ConfigMap", "backup")):
        kubernetes_validate.validate(one(manifests, kind, name), version, strict=True)


def test_nothing_of_it_is_there_by_itself(project: Path) -> None:
    """A restore least of all."""
    names = {
        (manifest["kind"], manifest["metadata"]["name"])
        for manifest in build(project / "deploy" / "kubernetes" / "production")
    }
    assert {("CronJob", "backup"), ("Job", "restore")}.isdisjoint(names)


def test_the_job_is_what_the_selector_finds(manifests: list[Manifest]) -> None:
    """The documented command applies nothing else."""
    label = "app.kubernetes.io/component"
    found = [m for m in manifests if m["metadata"].get("labels", {}).get(label) == "restore"]
    assert [(m["kind"], m["metadata"]["name"]) for m in found] == [("Job", "restore")]


def test_steps_run_in_order_and_have_what_they_read(
    project: Path, manifests: list[Manifest]
) -> None:
    """Images, ConfigMaps and programs that exist."""
    pod = one(manifests, "Job", "restore")["spec"]["template"]["spec"]
    backup = one(manifests, "CronJob")["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    steps = [*pod["initContainers"], *pod["containers"]]
    assert [step["name"] for step in steps] == STEPS
    tools = {path.name for path in (project / "deploy" / "backup").iterdir()}
    config = {
        one(manifests, "ConfigMap", name)["metadata"]["name"] for name in ("config", "backup")
    }
    for step in [*steps, *backup["containers"]]:
        assert {source["configMapRef"]["name"] for source in step["envFrom"]} == config
        if step["image"] == "my_project-backup":
            assert step["command"][0] in tools
        else:
            assert step["image"].startswith("registry.example.com/my_project@")
            assert step["command"][:2] == ["python", "manage.py"]
