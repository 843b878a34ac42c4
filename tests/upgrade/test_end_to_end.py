"""Three projects of early 2024: served by the old class, migrated, locked, served by the new one."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple

import httpx
import pytest
from uv import find_uv_bin

from upgrade.project import NEW, OLD

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Gunicorn does not run there")

WARNING: Final = "DeprecationWarning: The `uvicorn.workers` module is deprecated"
PROJECTS: Final = Path(__file__).with_name("projects")
DEADLINE: Final = 120
"""Seconds that a server has to answer."""


class Installed(NamedTuple):
    """How a project is installed, and how its lock file is made."""

    name: str
    install: tuple[str, ...]
    lock: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    warned: bool = False
    """Whether its Uvicorn deprecates the old class: since 0.30."""


DJANGO = Installed("django-requirements", ("pip", "install", "-r", "requirements/production.txt"))
FASTAPI = Installed(
    "fastapi-poetry",
    ("poetry", "sync", "--no-root", "--no-interaction"),
    ("poetry", "lock", "--no-interaction"),
    ("poetry>=2", "poetry-plugin-pypi-mirror>=0.6", "pip"),
)
STARLETTE = Installed(
    "starlette-uv",
    ("uv", "sync", "--no-config", "--no-install-project"),
    ("uv", "lock"),
    warned=True,
)


@pytest.mark.parametrize(
    "kind",
    [DJANGO, pytest.param(FASTAPI, marks=pytest.mark.night), STARLETTE],
    ids=lambda kind: kind.name,
)
def test_project_is_served_before_and_after(tmp_path: Path, kind: Installed) -> None:
    """By another class, from a package that is installed because it is declared."""
    project = tmp_path / "project"
    shutil.copytree(PROJECTS / kind.name, project)
    environment = prepared(tmp_path, kind)
    for command in filter(None, (kind.lock, kind.install)):
        run(command, project, environment)
    with served(project, environment) as log:
        pass
    written = log.read_text("utf-8")
    assert f"Using worker: {OLD}" in written
    assert (WARNING in written) == kind.warned
    command = (sys.executable, "-m", "asgi_upgrade", "worker", str(project))
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=TEMPLATE)
    assert done.returncode == 0, done.stdout + done.stderr
    if kind.lock:
        assert " ".join(kind.lock[:2]) in done.stdout
    for command in filter(None, (kind.lock, kind.install)):
        run(command, project, environment)
    with served(project, environment) as log:
        pass
    written = log.read_text("utf-8")
    assert f"Using worker: {NEW}" in written
    assert "uvicorn.workers" not in written
    assert WARNING not in written
    again = subprocess.run([*done.args, "--check"], capture_output=True, check=False, cwd=TEMPLATE)
    assert again.returncode == 0


TEMPLATE: Final = Path(__file__).resolve().parents[2]


def prepared(folder: Path, kind: Installed) -> dict[str, str]:
    """Return an environment for commands whose `pip`, `uv` and `poetry` belong to the project."""
    uv = Path(find_uv_bin())
    venv = folder / "venv"
    subprocess.run([uv, "venv", "--quiet", "--no-config", "-p", sys.executable, venv], check=True)
    tools = folder / "tools"
    tools.mkdir()
    (tools / "uv").symlink_to(uv)
    (tools / "pip").write_text(f'#!/bin/sh\nexec {uv} pip --no-config "$@"\n')
    (tools / "pip").chmod(0o755)
    changes = {}
    if kind.tools:
        own = folder / "own"
        subprocess.run(
            [uv, "venv", "--quiet", "--no-config", "-p", sys.executable, own], check=True
        )
        pip: list[str | Path] = [
            uv,
            "pip",
            "install",
            "--quiet",
            "--no-config",
            "--compile-bytecode",
            "-p",
            own / "bin" / "python",
        ]
        subprocess.run([*pip, *kind.tools], check=True)
        (tools / "poetry").symlink_to(own / "bin" / "poetry")
        changes["POETRY_PYPI_MIRROR_URL"] = index(own / "bin" / "python")
    return {
        **os.environ,
        **changes,
        "VIRTUAL_ENV": str(venv),
        "UV_PROJECT_ENVIRONMENT": str(venv),
        "PATH": os.pathsep.join((str(venv / "bin"), str(tools), os.environ["PATH"])),
        "PYTHONWARNINGS": "default",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }


def index(python: Path) -> str:
    """Return the index that pip uses: Poetry asks an interface of it that mirrors do not have."""
    own = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"
    url = subprocess.check_output([python, "-c", own], text=True).strip()
    return os.environ.get("PIP_INDEX_URL", url)


def run(command: tuple[str, ...], project: Path, environment: Mapping[str, str]) -> None:
    """Run a command of the project."""
    done = subprocess.run(
        command, cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"


@contextmanager
def served(project: Path, environment: Mapping[str, str]) -> Iterator[Path]:
    """Start the project as its own script does, and ask for its page."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = project.parent / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["sh", str(project / "start")],
            cwd=project,
            env={**environment, "PORT": str(port)},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        give_up = time.monotonic() + DEADLINE
        while True:
            assert process.poll() is None, log.read_text("utf-8")
            assert time.monotonic() < give_up, log.read_text("utf-8")
            with suppress(httpx.TransportError):
                answer = httpx.get(f"http://127.0.0.1:{port}/", trust_env=False)
                assert (answer.status_code, answer.text) == (200, "served"), log.read_text("utf-8")
                break
            time.sleep(0.05)
        yield log
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
