"""An environment of Python's with a project's packages, and commands in it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from uv import find_uv_bin


class Environment:
    """A virtual environment."""

    def __init__(self, venv: Path, variables: Mapping[str, str]) -> None:
        """Make it, with variables of its own besides those of this process."""
        self.venv = venv
        self.variables = {
            **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
            "PATH": f"{venv / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "VIRTUAL_ENV": str(venv),
            **variables,
        }
        new = [find_uv_bin(), "venv", "--quiet", "--no-config", "--python", sys.executable]
        subprocess.run([*new, str(venv)], check=True)

    def install(self, what: list[str], folder: Path) -> None:
        """Install, as pip is told in a folder. Raises RuntimeError with what was printed."""
        pip = [find_uv_bin(), "pip", "install", "--quiet", "--no-config"]
        self.run([*pip, "--python", str(self.venv / "bin" / "python"), *what], folder)

    def run(self, command: list[str], folder: Path) -> None:
        """Run a command. Raises RuntimeError with what it printed."""
        done = self.result(command, folder)
        if done.returncode:
            said = (done.stdout + done.stderr)[-3000:]
            raise RuntimeError(f"{' '.join(command)}: {said}")

    def result(self, command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
        """Run a command, and return what came of it."""
        return subprocess.run(
            command, cwd=folder, env=self.variables, capture_output=True, text=True, check=False,
            input="",
        )  # fmt: skip
