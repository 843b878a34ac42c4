"""Bytecode that is made once, and not by each of the hundreds of processes that tests start."""

from __future__ import annotations

import subprocess
from pathlib import Path

PACKAGES = "lib/python*/site-packages"


def link_bytecode(folder: Path, environments: Path) -> bool:
    """Take what has been compiled in the environment that has most packages in common with this.

    folder: a virtual environment. environments: a folder of those whose file `complete` is there.
    Python itself compiles again what was not made of the same file. Returns whether there is one.
    """
    own = _installed(folder)
    others = {made.parent: _installed(made.parent) for made in environments.glob("*/complete")}
    nearest = max(others, key=lambda other: len(own & others[other]), default=None)
    if nearest is None or not own & others[nearest]:
        return False
    for compiled in nearest.glob(f"{PACKAGES}/**/__pycache__/*.pyc"):
        place = folder / compiled.relative_to(nearest)
        source = place.parent.parent / f"{compiled.name.partition('.')[0]}.py"
        if source.exists() and not place.exists():
            place.parent.mkdir(exist_ok=True)
            place.hardlink_to(compiled)
    return True


def compile_project(python: Path, project: Path) -> None:
    """Keep the bytecode of a project's own files, by their hashes: tests change some twice a second."""
    by_hash = ("--invalidation-mode", "checked-hash")
    subprocess.run([python, "-m", "compileall", "-q", *by_hash, "."], cwd=project, check=True)


def _installed(folder: Path) -> set[str]:
    """Return the distributions of an environment, with their versions and that of Python."""
    return {made.relative_to(folder).as_posix() for made in folder.glob(f"{PACKAGES}/*.dist-info")}
