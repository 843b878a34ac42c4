"""Environments in which Gunicorn is started, one for each set of versions."""

from __future__ import annotations

import subprocess
from hashlib import sha256
from pathlib import Path
from threading import Lock

from uv import find_uv_bin

from proofs.public_workers.pythons import installed


class Environments:
    """Environments in a folder, which lie there as long as that does."""

    def __init__(self, folder: Path) -> None:
        """Take the folder."""
        self.folder = folder
        self.lock = Lock()

    def of(self, python: str, pins: tuple[str, ...]) -> Path:
        """Return the folder of the programs of an environment with these versions.

        Raises CalledProcessError: they cannot be installed.
        """
        venv = self.folder / sha256("\n".join((python, *pins)).encode()).hexdigest()[:16]
        complete = venv / "complete"
        with self.lock:
            if not complete.exists():
                uv = find_uv_bin()
                new = [uv, "venv", "--quiet", "--clear", "--python", str(installed()[python])]
                subprocess.run([*new, str(venv)], check=True, capture_output=True)
                pip = [uv, "pip", "install", "--quiet", "--no-deps"]
                where = ["--python", str(venv / "bin" / "python")]
                subprocess.run([*pip, *where, *pins], check=True, capture_output=True)
                complete.touch()
        return venv / "bin"
