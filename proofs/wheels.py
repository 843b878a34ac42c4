"""What a package's authors publish: the code of its wheel, without what it depends on."""

from __future__ import annotations

import subprocess
import tempfile
import zipfile
from pathlib import Path
from typing import Final

from quality import CACHE
from uv import find_uv_bin

CODE: Final = ("METADATA", ".cfg", ".ini", ".json", ".py", ".toml", ".txt", ".yaml", ".yml")
"""How names end of what is kept of a wheel: images and scripts for browsers make most of many."""


def wheel_of(package: str, version: str) -> Path:
    """Return a folder with the code of a package's wheel, fetched if it is not in the cache.

    Raises CalledProcessError when it cannot be had.
    """
    unpacked = CACHE / "wheels" / f"{package}-{version}"
    if not unpacked.exists():
        unpacked.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=unpacked.parent) as folder:
            # uv downloads no wheels; and what the package runs on does not matter here.
            pip = [find_uv_bin(), "tool", "run", "--quiet", "pip", "download", "--quiet"]
            only = ["--no-deps", "--ignore-requires-python", "--only-binary", ":all:"]
            requirement = f"{package}=={version}"
            subprocess.run([*pip, *only, "--dest", folder, requirement], check=True)
            (file,) = Path(folder).glob("*.whl")
            with zipfile.ZipFile(file) as archive:
                code = [name for name in archive.namelist() if name.endswith(CODE)]
                archive.extractall(Path(folder, "unpacked"), code)
            Path(folder, "unpacked").rename(unpacked)
    return unpacked
