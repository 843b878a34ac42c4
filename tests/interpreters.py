"""The Pythons of this machine."""

from __future__ import annotations

import tempfile
from pathlib import Path

from rendering import run
from uv import find_uv_bin


def interpreter(version: str) -> Path | None:
    """Return this machine's Python of a version, such as 3.12; None if it has none."""
    with tempfile.TemporaryDirectory() as folder:
        # Where several are installed side by side, this file says which one is meant.
        Path(folder, ".python-version").write_text(f"{version}\n")
        find = (find_uv_bin(), "python", "find", "--no-config", "--system", version)
        # A shim of pyenv tells by these which one runs, and all that it starts would get it.
        found = run(*find, cwd=Path(folder), PYENV_DIR="", PYENV_VERSION="")
    return Path(found.stdout.strip()) if found.returncode == 0 else None
