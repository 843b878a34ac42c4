"""A project of `django-admin startproject` that takes the serving library, and its servers."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tomllib
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from filelock import FileLock
from quality import CACHE
from rendering import run
from started_server import Server, started
from uv import find_uv_bin

from proofs.distribution import LIBRARY

VIEWS: Final = """
import threading
import time

from django.http import HttpResponse
from django.urls import path


def thread(request):
    return HttpResponse(threading.current_thread().name)


async def language(request):
    return HttpResponse("first")


def slow(request):
    print("The slow page has begun", flush=True)
    time.sleep(2)
    return HttpResponse("done")


urlpatterns += [path("thread/", thread), path("language/", language), path("slow/", slow)]
"""


class PlainProject:
    """Such a project, the interpreter that runs it, and where the library comes from."""

    def __init__(self, folder: Path, python: Path, installed: Path | None) -> None:
        """Make it, and do what the library's documentation says.

        installed: where the library was installed to; None puts its folder into the project.
        """
        self.folder = folder
        self.python = python
        self.environment = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"}
        if installed:
            self.environment["PYTHONPATH"] = str(installed)
        self._run("-m", "django", "startproject", "mysite", ".")
        if not installed:
            shutil.copytree(LIBRARY, folder / "asgi_serving")
        self.change("mysite/settings.py", "INSTALLED_APPS = [", 'INSTALLED_APPS = ["asgi_serving",')
        self.change("mysite/asgi.py", "django.core.asgi", "asgi_serving.asgi")
        with (folder / "mysite" / "urls.py").open("a", encoding="utf-8") as urls:
            urls.write(VIEWS)

    def change(self, name: str, old: str, new: str) -> None:
        """Replace a text in a file; it must be there once."""
        path = self.folder / name
        text = path.read_text("utf-8")
        assert text.count(old) == 1, (name, old)
        path.write_text(text.replace(old, new), "utf-8")

    def for_production(self) -> None:
        """Write what Django's deployment checklist asks for."""
        self.change("mysite/settings.py", "DEBUG = True", 'DEBUG = False\nSTATIC_ROOT = "static"')
        self.change("mysite/settings.py", "ALLOWED_HOSTS = []", 'ALLOWED_HOSTS = ["localhost"]')
        self.manage("migrate", "--verbosity=0")
        self.manage("collectstatic", "--no-input", "--verbosity=0")

    def manage(self, *arguments: str) -> str:
        """Return what a management command prints; it must succeed."""
        return self._run("manage.py", *arguments)

    def _run(self, *arguments: str) -> str:
        done = run(self.python, *arguments, cwd=self.folder, **self.environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def serve(self, *arguments: str) -> AbstractContextManager[Server]:
        """Start a server by a command of Python, which is killed at the end if it still runs."""
        log = self.folder.with_suffix(".log")
        return started([self.python, *arguments], self.folder, os.environ | self.environment, log)


def environment_with(python: Path, django: str, *packages: str) -> Path:
    """Return an interpreter with a version of Django, and what the library itself needs.

    python: the interpreter that its environment is made of.
    """
    needs = tomllib.loads((LIBRARY / "pyproject.toml").read_text("utf-8"))["project"]
    return environment_of(python, [f"django=={django}.*", *needs["dependencies"], *packages])


def environment_of(python: Path, wanted: Sequence[str]) -> Path:
    """Return an interpreter with these packages, made of another one."""
    name = hashlib.sha256(repr([python, wanted]).encode()).hexdigest()[:16]
    folder = CACHE / "environments" / name
    uv = find_uv_bin()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.parent / f"{name}.lock"):
        if not (folder / "complete").exists():
            venv = [uv, "venv", "--quiet", "--no-config", "--clear", "--python", str(python)]
            subprocess.run([*venv, folder], check=True)
            pip = [uv, "pip", "install", "--quiet", "--no-config", "--compile-bytecode", "--python"]
            subprocess.run([*pip, folder / "bin/python", *wanted], check=True)
            (folder / "complete").touch()
    return folder / "bin" / "python"
