"""Versions that must not meet: `manage.py check` names them, and Gunicorn does what it says.

Each is really installed, in an environment that is thrown away with the cache of the tests.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest
from bytecode import link_bytecode
from filelock import FileLock
from quality import CACHE, environment_for
from rendering import render, run
from uv import find_uv_bin

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Gunicorn does not run there")

DEADLINE: Final = 120
"""Seconds that Gunicorn has to show what is wrong."""

SETTINGS: Final = "config.settings.development"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a migrated project."""
    folder = render(tmp_path_factory.mktemp("pairs"))
    done = run(environment_for(folder), "manage.py", "migrate", "-v0", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


def environment_with(project: Path, *changes: str) -> Path:
    """Return the interpreter of an environment with all that the project needs, but for changes.

    changes: requirements that are installed whatever the others say, or -NAME to remove one.
    """
    name = f"{environment_for(project).parent.parent.name}{'+'.join(changes).replace('=', '')}"
    folder = CACHE / "environments" / name
    python = folder / "bin" / "python"
    pip: list[str | Path] = [find_uv_bin(), "pip", "--no-config", "--quiet"]
    with FileLock(CACHE / "environments" / f"{name}.lock"):
        if not (folder / "complete").exists():
            venv = [find_uv_bin(), "venv", "--no-config", "--quiet", "--clear"]
            subprocess.run([*venv, "--python", sys.executable, folder], check=True)
            install = [*pip, "install", "--python", python]
            subprocess.run([*install, "-r", "pyproject.toml"], cwd=project, check=True)
            for change in changes:
                remove = [*pip, "uninstall", "--python", python, change.removeprefix("-")]
                command = remove if change[0] == "-" else [*install, "--no-deps", change]
                subprocess.run(command, check=True)
            link_bytecode(folder, folder.parent)
            (folder / "complete").touch()
    return python


def check(python: Path, project: Path) -> str:
    """Return what `manage.py check` finds."""
    done = run(python, "manage.py", "check", cwd=project, DJANGO_SETTINGS_MODULE=SETTINGS)
    return done.stdout + done.stderr


def gunicorn_until(
    python: Path, project: Path, log: Path, seen: Callable[[str], bool], **environment: str
) -> str:
    """Run `gunicorn` until its log shows something or it ends, and return the log."""
    settings = {"DJANGO_SETTINGS_MODULE": SETTINGS, "GUNICORN_BIND": f"unix:{log}.socket"}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [python.with_name("gunicorn")],
            cwd=project,
            env=os.environ | settings | environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        give_up = time.monotonic() + DEADLINE
        while process.poll() is None and not seen(log.read_text("utf-8")):
            assert time.monotonic() < give_up, log.read_text("utf-8")
            time.sleep(0.05)
        return log.read_text("utf-8")
    finally:
        with suppress(ProcessLookupError):  # it has ended
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.mark.parametrize(
    ("changes", "found", "shown"),
    [
        (
            ("uvicorn==0.36.0", "uvicorn-worker==0.3.0"),
            "(asgi_serving.E002) uvicorn 0.36.0 with uvicorn-worker 0.3.0: every worker dies",
            "'Config' object has no attribute 'setup_event_loop'",
        ),
        (
            ("uvicorn==0.22.0",),
            "(asgi_serving.W025) uvicorn-worker 0.4.0 needs uvicorn>=0.36",
            "No module named 'uvicorn._compat'",
        ),
    ],
)
def test_pair_that_does_not_boot(
    project: Path, tmp_path: Path, changes: tuple[str, ...], found: str, shown: str
) -> None:
    """The server ends with the reason."""
    python = environment_with(project, *changes)
    assert found in check(python, project)
    log = gunicorn_until(python, project, tmp_path / "log", lambda log: "Application start" in log)
    assert shown in log
    assert "Application startup complete" not in log


def test_release_that_crashes_in_a_loop(project: Path, tmp_path: Path) -> None:
    """One worker after another ends; the check at the start ends that."""
    python = environment_with(project, "gunicorn==24.1.0")
    assert "(asgi_serving.E002) gunicorn 24.1.0: every Uvicorn worker crashes" in check(
        python, project
    )

    def many(log: str) -> bool:
        return log.count("Booting worker") > 5

    loop = gunicorn_until(python, project, tmp_path / "a", many, CHECK_AT_START="false")
    assert many(loop)
    refused = gunicorn_until(python, project, tmp_path / "b", many)
    assert "asgi_serving.E002" in refused
    assert not many(refused)


def test_missing_parser_is_said(project: Path) -> None:
    """Uvicorn serves without httptools, by a parser in Python."""
    python = environment_with(project, "-httptools")
    assert environment_for(project) != python
    checked = run(
        python, "manage.py", "check", "--fail-level", "INFO", cwd=project,
        DJANGO_SETTINGS_MODULE=SETTINGS,
    )  # fmt: skip
    assert "(asgi_serving.I001) httptools is missing" in checked.stderr
    parser = "from uvicorn.protocols.http.auto import AutoHTTPProtocol as p; print(p.__name__)"
    assert run(python, "-c", parser, cwd=project).stdout == "H11Protocol\n"
