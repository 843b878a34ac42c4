"""Versions of a project: images, and the manifests of each as Kustomize builds them."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml
from kustomize import Manifest, build
from rendering import render, run
from stacks import docker, unique_slug
from uv import find_uv_bin

from proofs.tasks_bakeoff.servers import Servers

SITE: Final = Path(__file__).with_name("site")
FAILING: Final = SITE.parents[1] / "faults" / "site" / "failing_migration.py"

WITHOUT_PRE_STOP: Final = """\
- op: remove
  path: /spec/template/spec/containers/0/lifecycle
"""


@dataclass(frozen=True)
class Releases:
    """A project with images `first`, `second` (a slow migration) and `failing` (one that fails)."""

    project: Path
    servers: Servers

    @property
    def secrets(self) -> Path:
        """The files of the Secret."""
        return self.project / "secrets"

    def manifests(self, image: str, *, pre_stop: bool = True, **variables: str) -> list[Manifest]:
        """Return what an overlay on production builds.

        image: the tag of a version, or a digest.
        pre_stop: whether pods serve on before they stop.
        """
        name = self.project.name
        database = self.servers.database_url.replace("postgresql://", "postgres://")
        literals = {
            "ALLOWED_HOSTS": "testserver",
            "CACHE_URL": self.servers.broker_url,
            "DATABASE_URL": database,
            "DJANGO_SETTINGS_MODULE": "drill_site.settings",
            **variables,
        }
        replaced = {"digest": image} if image.startswith("sha256:") else {"newTag": image}
        overlay = {
            "resources": ["../production"],
            "images": [{"name": f"registry.example.com/{name}", "newName": name, **replaced}],
            "configMapGenerator": [
                {
                    "name": "config",
                    "namespace": name.replace("_", "-"),
                    "behavior": "merge",
                    "literals": [f"{key}={value}" for key, value in literals.items()],
                }
            ],
        }
        if not pre_stop:
            target = {"kind": "Deployment", "name": "web"}
            overlay["patches"] = [{"patch": WITHOUT_PRE_STOP, "target": target}]
        folder = self.project / "deploy" / "kubernetes" / "drill"
        folder.mkdir(exist_ok=True)
        (folder / "kustomization.yaml").write_text(yaml.safe_dump(overlay), "utf-8")
        return build(folder)


@contextmanager
def released(folder: Path, servers: Servers) -> Iterator[Releases]:
    """Make a project in the folder, build its versions, and remove them at the end."""
    project = render(folder, project_slug=unique_slug())
    shutil.copytree(SITE, project / "drill_site", ignore=shutil.ignore_patterns("*_migration.py"))
    with (project / ".dockerignore").open("a", encoding="utf-8") as ignored:
        ignored.write("!drill_site/\n")
    uv = (find_uv_bin(), "lock", "--no-config", "--python", sys.executable)
    run(*uv, cwd=project).check_returncode()
    (project / "secrets").mkdir()
    (project / "secrets" / "cache_password").touch()  # the drill's Valkey has none
    make_secrets = project / "deploy" / "make-secrets"
    run("sh", make_secrets, cwd=project, EMAIL_URL="consolemail://").check_returncode()
    name = project.name
    images = [f"{name}:first"]
    docker("build", "--quiet", "--target=production", "--tag", images[0], str(project))
    try:
        for tag, migration in (("second", SITE / "slow_migration.py"), ("failing", FAILING)):
            images.append(f"{name}:{tag}")
            _derive(project, images[-1], migration)
        yield Releases(project, servers)
    finally:
        docker("image", "rm", "--force", *images)


def _derive(project: Path, image: str, migration: Path) -> None:
    """Build a version that has one migration more."""
    context = project / "deploy" / image.rpartition(":")[2]
    context.mkdir()
    shutil.copy(migration, context / "migration.py")
    migrations = f"/app/{project.name}/users/migrations/9999_{migration.stem}.py"
    dockerfile = f"FROM {project.name}:first\nCOPY migration.py {migrations}\n"
    (context / "Dockerfile").write_text(dockerfile)
    docker("build", "--quiet", "--tag", image, str(context))
