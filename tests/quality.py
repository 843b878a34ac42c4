"""The environment in which generated projects are checked: built once, kept between runs."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bytecode import compile_project, link_bytecode
from filelock import FileLock
from rendering import TEMPLATE, add_serving_tests, run
from uv import find_uv_bin

CACHE: Final = Path(os.environ.get("TEMPLATE_TEST_CACHE", TEMPLATE / ".cache"))
"""Where environments are kept. It may be deleted at any time."""

SERVING_TESTS_NEED: Final = (
    "psutil>=7.2", "pytest-xdist>=3.8", "types-psutil>=7.2", "websockets>=17",
    "zttp>=0.0.35",
)  # fmt: skip
"""What the tests of the serving library use and a project does not."""

EMULATORS: Final = ("gcp-storage-emulator>=2026.7", "moto[server]>=5")
"""What stands in for Google's and Amazon's buckets."""

NOT_EXERCISED: Final = (
    ".devcontainer", ".env", ".git", ".github", ".gitlab-ci.yml", ".python-version", "db.sqlite3",
    "deploy", "Dockerfile", "LICENSE", "README.md", "renovate.json", "uv.lock",
)  # fmt: skip
"""What neither the types nor the tests of a project read, or not what depends on answers in it."""

NOT_EXERCISED_PAGES: Final = {"docs/delivery.md"}
"""Other pages are compared with the code."""


def environment_for(project: Path, *packages: str) -> Path:
    """Return the interpreter of an environment with all that the project needs.

    packages: what is installed besides.
    Projects with the same dependencies share it. Building it takes seconds with a warm cache of
    uv, and a minute without.
    """
    data = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))
    needs = [data["project"]["dependencies"], data["dependency-groups"], sys.version_info[:3]]
    needs += packages
    name = hashlib.sha256(repr(needs).encode()).hexdigest()[:16]
    folder = CACHE / "environments" / name
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    with FileLock(_made(folder.parent) / f"{name}.lock"):
        if not (folder / "complete").exists():
            uv = [find_uv_bin(), "sync", "--quiet", "--no-config", "--python", sys.executable]
            subprocess.run(
                uv,
                cwd=project,
                check=True,
                env=os.environ | {"UV_PROJECT_ENVIRONMENT": str(folder)},
            )
            (project / "uv.lock").unlink(missing_ok=True)  # another environment may be made here
            if packages:
                pip = [find_uv_bin(), "pip", "install", "--quiet", "--no-config"]
                subprocess.run([*pip, "--python", python, *packages], check=True)
            _compile_what_is_imported(
                python, project, is_begun=link_bytecode(folder, folder.parent)
            )
            (folder / "complete").touch()
    return python


def _compile_what_is_imported(python: Path, project: Path, *, is_begun: bool) -> None:
    """Keep the bytecode of the packages that a project imports, as hundreds of processes start.

    What the tests start keeps none: a file that they change twice within a second would be taken
    for its former text. uv compiles everything, of which most is never imported.
    is_begun: only what the applications of the project import is not there yet.
    """
    development = "config.settings.development"
    keep = {"DJANGO_SETTINGS_MODULE": development, "PYTHONDONTWRITEBYTECODE": ""}
    run(python, "manage.py", "check", cwd=project, **keep)
    if not is_begun:
        run(python, "-m", "gunicorn", "--check-config", cwd=project, **keep)
        run(python, "-m", "pytest", "--collect-only", "-p", "no:cacheprovider", cwd=project, **keep)
    for folder in list(project.rglob("__pycache__")):
        shutil.rmtree(folder)


def environment_with_extras(project: Path) -> Path:
    """Return the same with all extras of the project, and what stands in for their services."""
    packages = (*EMULATORS, *packages_of_extras(project))
    return environment_with_serving_tests(project, *packages)


def packages_of_extras(project: Path) -> list[str]:
    """Return what all extras of a project name."""
    data = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))
    extras = data["project"]["optional-dependencies"].values()
    return sorted({package for extra in extras for package in extra})


def environment_with_serving_tests(project: Path, *packages: str) -> Path:
    """Copy the tests of the serving library to a project, and return an interpreter for them."""
    add_serving_tests(project)
    return environment_for(project, *SERVING_TESTS_NEED, *packages)


def problems(project: Path, *command: str) -> str:
    """Run `python -m COMMAND` in the project, and return its output if it failed."""
    python = environment_for(project)
    if command[0] == "pytest":
        compile_project(python, project)
    caches = _made(CACHE / os.environ.get("PYTEST_XDIST_WORKER", "main"))
    result = run(
        python,
        "-m",
        *command,
        cwd=project,
        PATH=f"{python.parent}{os.pathsep}{os.environ['PATH']}",
        PYTHONDONTWRITEBYTECODE="1",
        MYPY_CACHE_DIR=str(caches / "mypy"),
        RUFF_NO_CACHE="true",
    )
    return result.stdout + result.stderr if result.returncode else ""


def problems_once(project: Path, results: Path, *command: str) -> str:
    """Do as `problems`, but only once for projects that are the same to the command.

    results: a folder that the test processes of one run share.
    """
    name = hashlib.sha256(repr([command, *_exercised(project)]).encode()).hexdigest()[:16]
    with FileLock(results / f"{name}.lock"):
        result = results / name
        if not result.exists():
            result.write_text(problems(project, *command), "utf-8")
        return result.read_text("utf-8")


def _exercised(project: Path) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each file that the types and the tests of a project depend on."""
    for path in sorted(project.rglob("*")):
        relative = path.relative_to(project)
        if not path.is_file() or path.suffix == ".pyc" or relative.parts[0] in NOT_EXERCISED:
            continue
        if relative.as_posix() in NOT_EXERCISED_PAGES:
            continue
        if relative.as_posix() == "pyproject.toml":
            data = tomllib.loads(path.read_text("utf-8"))
            del data["project"], data["tool"]["cookiecutter-django-asgi"]
            yield "pyproject.toml", repr(data).encode()
        else:
            yield relative.as_posix(), path.read_bytes()


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
