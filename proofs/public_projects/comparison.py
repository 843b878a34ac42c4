"""A project served before and after the tool, with what its own tests say."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from rendering import TEMPLATE

from proofs.postgresql import postgresql
from proofs.public_projects.environment import Environment
from proofs.public_projects.measurement import Measured, Served, measure
from proofs.public_projects.own_tests import passed
from proofs.public_projects.project import Project
from proofs.repositories import tree_of
from proofs.source_distributions import source_of

WORKERS: Final = ("--workers", "2", "--no-control-socket")
LIBRARY: Final = (*WORKERS, "--worker-class=asgi_serving.worker.Worker")
MIGRATE: Final = ("python", "manage.py", "migrate", "--verbosity=0")
LARGEST: Final = 50_000_000
"""Bytes of a file of a repository that is taken: what a project is served by is smaller."""


class Compared(NamedTuple):
    """A project before and after.

    left: what was left to a person. tests: how many of its own passed, before and after.
    """

    project: Project
    left: int
    before: Measured
    after: Measured
    tests: tuple[str, str]


class Refused(NamedTuple):
    """A project that nothing was written into. topic: of what has to be written first."""

    project: Project
    topic: str
    what: str


def compare(project: Project, folder: Path, clones: Path | None) -> Compared | Refused:
    """Make a project, and serve it before and after.

    clones: has repositories as owner+name, or None to fetch them.
    Raises RuntimeError with what went wrong, CalledProcessError, AbsentError.
    """
    root = folder / "project"
    _take(project, root, clones)
    if project.refused:
        return _refused(project, root)
    with _database(project) as variables:
        before = Environment(folder / "before", variables)
        before.install([*project.packages, "gunicorn"], folder)
        if project.make:
            before.run(list(project.make), root)
        before.install(_requirements(project, root), root)
        for command in (MIGRATE, *project.prepare):
            before.run(list(command), root / project.manage)
        former = shutil.copytree(root, folder / "former", symlinks=True)
        left = _upgrade(project, root)
        if isinstance(left, Refused):
            return left
        after = Environment(folder / "after", variables)
        after.install([*project.packages, "gunicorn"], folder)
        after.install(_requirements(project, root), root)
        measured = measure(
            _served(project, former, before, "wsgi", WORKERS),
            _served(project, root, after, "asgi", LIBRARY),
        )
        tests = (_tests(project, former, before), _tests(project, root, after))
        return Compared(project, left, *measured, tests)


def _refused(project: Project, root: Path) -> Refused:
    """Return why nothing is written. Raises RuntimeError: something is."""
    former = shutil.copytree(root, root.with_name("former"), symlinks=True)
    refused = _upgrade(project, root)
    differ = ["diff", "--recursive", "--brief", str(root), str(former)]
    if not isinstance(refused, Refused) or subprocess.call(differ):
        raise RuntimeError(f"it is written, and {project.refused} was to be asked for")
    return refused


@contextmanager
def _database(project: Project) -> Iterator[dict[str, str]]:
    """Give the variables of a project, with those of a database if it wants one."""
    if not project.database:
        yield dict(project.variables)
        return
    with postgresql() as url:
        parts = urlsplit(url)
        values = {
            "url": url, "host": parts.hostname, "port": parts.port or 5432, "user": parts.username,
            "password": parts.password, "name": parts.path.strip("/"),
        }  # fmt: skip
        found = {name: value.format(**values) for name, value in project.database.items()}
        yield {**project.variables, **found}


def _take(project: Project, root: Path, clones: Path | None) -> None:
    """Write the files of a project into a new folder; those of a repository are in `tree`, too."""
    tree = root.with_name("tree")
    if project.repository[0]:
        repository, commit, folder = project.repository
        tree_of(repository, commit, clones, tree, LARGEST)
        tree = tree / folder
    elif project.source[0]:
        package, version, folder = project.source
        tree = source_of(package, version) / folder
    if project.make:
        root.mkdir()
    else:
        shutil.copytree(tree, root)
    for name, text in project.files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")


def _upgrade(project: Project, root: Path) -> int | Refused:
    """Run the tool, and return how much it left to a person. Raises RuntimeError: it says nothing."""
    command = [sys.executable, "-m", "asgi_upgrade", "serving", "--json", str(root)]
    done = subprocess.run(command, cwd=TEMPLATE, capture_output=True, text=True, check=False)
    told: Mapping[str, Any] = json.loads(done.stdout) if done.returncode in {0, 1} else {}
    if told.get("written"):
        return len(told["decisions"])
    if not told.get("needed"):
        raise RuntimeError(done.stdout + done.stderr)
    first = told["needed"][0]
    return Refused(project, first["topic"], f"`{first['path']}:{first['line']}` {first['what']}")


def _requirements(project: Project, root: Path) -> list[str]:
    """Return what the project declares, for pip."""
    if project.requires:
        return list(project.requires)
    if (root / "requirements.txt").exists():
        return ["-r", "requirements.txt"]
    # It is installed by its package already: what the tool has added is all that is new.
    text = (root / "pyproject.toml").read_text("utf-8")
    return re.findall(r'"((?:asgiref|gunicorn|packaging|servestatic|uvicorn)\b[^"]*)"', text)


def _served(
    project: Project, root: Path, environment: Environment, name: str, options: tuple[str, ...]
) -> Served:
    """Return how a project is served."""
    home = root / project.manage
    command = ["gunicorn", _module(home, name), *options]
    return Served(command, home, environment.variables, project.page)


def _module(home: Path, name: str) -> str:
    """Return the module of a project that is called wsgi or asgi, as a server loads it."""
    found = [p for p in home.rglob(f"{name}.py") if "asgi_serving" not in p.parts]
    if not found:
        raise RuntimeError(f"{home} has no {name}.py")
    nearest = min(found, key=lambda path: (len(path.parts), path))
    return ".".join(nearest.relative_to(home).with_suffix("").parts)


def _tests(project: Project, root: Path, environment: Environment) -> str:
    return passed(environment.result(list(project.tests), root / project.manage))
