"""The distributions of the serving library: `nox -s build` writes them to dist/."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from rendering import PROJECT_FOLDER, TEMPLATE
from uv import find_uv_bin

LIBRARY: Final = TEMPLATE / PROJECT_FOLDER / "asgi_serving"


def build(into: Path) -> tuple[Path, Path]:
    """Build the wheel and the sdist of the library, and return both."""
    command = [find_uv_bin(), "build", "--quiet", "--no-config", "--python", sys.executable]
    with tempfile.TemporaryDirectory() as folder:
        # In its place the pyproject.toml above it would be read, which is none yet.
        source = shutil.copytree(
            LIBRARY, Path(folder, "asgi_serving"), ignore=shutil.ignore_patterns("__pycache__")
        )
        subprocess.run([*command, "--out-dir", into, source], check=True)
    [wheel], [sdist] = into.glob("*.whl"), into.glob("*.tar.gz")
    return wheel, sdist


def installed(into: Path) -> Path:
    """Build the library, install its wheel alone, and return the folder to put on the path."""
    wheel, _ = build(into)
    target = into / "installed"
    install = [find_uv_bin(), "pip", "install", "--quiet", "--no-config", "--no-deps"]
    subprocess.run([*install, "--compile-bytecode", "--target", target, wheel], check=True)
    return target


if __name__ == "__main__":
    for path in build(TEMPLATE / "dist"):
        print(path.relative_to(TEMPLATE))
