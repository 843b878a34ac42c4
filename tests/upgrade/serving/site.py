"""A Django project of somebody's own, its environment, and the tool that is run on it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from bytecode import link_bytecode
from quality import CACHE
from started_server import DEADLINE, Server, started
from uv import find_uv_bin

ROOT: Final = Path(__file__).resolve().parents[3]


class Site:
    """A folder with a project, and the interpreter that has what it declares."""

    def __init__(self, folder: Path, venv: Path | None = None) -> None:
        """Take a folder that is there, empty or not; its environment is made beside it if none is given."""
        self.folder = folder
        self.venv = venv or folder.with_name(f"{folder.name}-venv")
        self.log = folder.with_suffix(".log")
        self.variables: dict[str, str] = {}

    def below(self, folder: str) -> Site:
        """Return what is in a folder of it, with the same environment."""
        site = Site(self.folder / folder, self.venv)
        site.log = self.log
        return site

    def write(self, files: Mapping[str, str]) -> None:
        """Write files."""
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")

    def read(self, name: str) -> str:
        """Return what is in a file."""
        return (self.folder / name).read_text("utf-8")

    def change(self, name: str, old: str, new: str) -> None:
        """Replace a text that is there once."""
        text = self.read(name)
        assert text.count(old) == 1, (name, old)
        self.write({name: text.replace(old, new)})

    def install(self, *what: str) -> None:
        """Install into its environment; a requirements file by `-r`."""
        uv, python = find_uv_bin(), str(self.venv / "bin" / "python")
        if not self.venv.exists():
            venv = [uv, "venv", "--quiet", "--no-config", "--python", sys.executable]
            subprocess.run([*venv, str(self.venv)], check=True)
        pip = [uv, "pip", "install", "--quiet", "--no-config", "--python", python]
        subprocess.run([*pip, *what], check=True, cwd=self.folder)
        link_bytecode(self.venv, CACHE / "environments")

    def run(self, *command: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a program of its environment."""
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment,
            capture_output=True, text=True, check=False, timeout=DEADLINE,
        )  # fmt: skip
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def manage(self, *arguments: str) -> str:
        """Return what a management command prints; it must succeed."""
        return self.run("python", "manage.py", *arguments).stdout

    @property
    def environment(self) -> dict[str, str]:
        """The variables that its programs see."""
        path = f"{self.venv / 'bin'}{os.pathsep}{os.environ['PATH']}"
        own = {"PATH": path, "VIRTUAL_ENV": str(self.venv), "PYTHONUNBUFFERED": "1"}
        return {**os.environ, **own, **self.variables}

    def tool(self, *arguments: str, expect: int = 0) -> str:
        """Run `asgi-upgrade serving` on it, and return what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "asgi_upgrade", "serving", *arguments, self.folder],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == expect, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    def commit(self) -> None:
        """Hold all files in a repository of its own."""
        git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.com"]
        if not (self.folder / ".git").exists():
            self.run(*git, "init", "--quiet")
        self.run(*git, "add", "--all")
        self.run(*git, "commit", "--quiet", "--message", "A step")

    def files(self) -> dict[str, bytes]:
        """Return all files but git's."""
        return {
            path.relative_to(self.folder).as_posix(): path.read_bytes()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file() and ".git" not in path.relative_to(self.folder).parts
        }

    def serve(self, *command: str) -> AbstractContextManager[Server]:
        """Start a server, which is killed at the end if it still runs."""
        return started(command, self.folder, self.environment, self.log)
