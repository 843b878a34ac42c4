"""The image of a project with Vite: Node builds its files, and is not in it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

import pytest
from guides import packages_added, type_guide
from quality import environment_for
from rendering import TEMPLATE, render, run
from stacks import docker, have_image, image_removed, unique_slug
from uv import find_uv_bin

pytestmark = pytest.mark.compose

GUIDE: Final = TEMPLATE / "docs" / "recipes" / "vite.md"
NODE: Final = "node:24-slim"
DOCKERFILE: Final = """
FROM python:3.14-slim
RUN apt-get update && apt-get install --yes --no-install-recommends nodejs npm
"""
"""Stands for Node's own image on a machine that cannot pull it, and has npm as that has."""

LOOK: Final = """
import json, pathlib, shutil
names = json.loads(pathlib.Path("staticfiles/staticfiles.json").read_text())["paths"]
for name in json.loads(pathlib.Path("my_project/static/vite/manifest.json").read_text()).values():
    for file in [name["file"], *name["css"]]:
        print(pathlib.Path("staticfiles", names["vite/" + file]).exists(), file.rpartition(".")[2])
print(shutil.which("node"), pathlib.Path("node_modules").exists())
"""


def leave_out_what_is_not_to_be_had(lock: Path) -> None:
    """Let `npm ci` take a lock that `npm install` made where a registry lacks optional packages."""
    data = json.loads(lock.read_text("utf-8"))
    packages = data["packages"]
    for package in packages.values():
        for name in list(package.get("optionalDependencies", {})):
            if f"node_modules/{name}" not in packages:
                del package["optionalDependencies"][name]
    lock.write_text(json.dumps(data, indent=2), "utf-8")


def test_image_has_what_vite_builds(tmp_path: Path) -> None:
    """The files are collected under names that may be cached for ever."""
    have_image(NODE, DOCKERFILE)
    project = render(tmp_path)
    packages = packages_added(GUIDE)
    type_guide(GUIDE, project, environment_for(project, *packages))
    add = (find_uv_bin(), "add", "--no-config", "--no-sync", "--python", sys.executable)
    added = run(*add, *packages, cwd=project)
    assert added.returncode == 0, added.stderr
    leave_out_what_is_not_to_be_had(project / "package-lock.json")
    image = unique_slug()
    with image_removed(image):
        docker("build", "--quiet", "--target", "production", "--tag", image, str(project))
        said = docker("run", "--rm", image, "python", "-c", LOOK)
    assert sorted(said.splitlines()) == ["None False", "True css", "True js"]
