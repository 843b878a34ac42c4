"""What a package's authors publish besides what is installed: its source, with its tests."""

from __future__ import annotations

import subprocess
import tarfile
import tempfile
from pathlib import Path

from quality import CACHE
from uv import find_uv_bin


def source_of(package: str, version: str) -> Path:
    """Return the folder of a package's source distribution, fetched if it is not in the cache.

    Raises CalledProcessError when it cannot be had.
    """
    sources = CACHE / f"{package}-{version}"
    if not sources.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            # uv downloads no source distributions.
            pip = [find_uv_bin(), "tool", "run", "--quiet", "pip", "download", "--quiet"]
            only_source = ["--no-deps", "--no-binary", package, "--dest", folder]
            subprocess.run([*pip, *only_source, f"{package}=={version}"], check=True)
            (file,) = Path(folder).iterdir()
            unpacked = Path(folder, "unpacked")
            with tarfile.open(file) as archive:
                archive.extractall(unpacked, filter="data")
            (top,) = unpacked.iterdir()
            top.rename(sources)
    return sources
