"""Serve projects of others before and after `asgi-upgrade serving`, and write the table of the docs.

    nox -s public_projects                 all projects
    nox -s public_projects -- wagtail      those whose names have this word

Each is made by its authors' own command or from their source distribution, migrated on SQLite, and
served by two of Gunicorn's synchronous workers, as most are. Then the tool runs, what the project
declares is installed, and two of the library's workers serve it. A project that nothing is written in, does
not boot, answers with another status, fails its own tests afterwards, or loses a request at a reload,
is a problem.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from rendering import TEMPLATE
from uv import find_uv_bin

from proofs.public_projects.measurement import Measured, Served, measure
from proofs.public_projects.projects import PROJECTS, Project
from proofs.source_distributions import source_of

TABLE: Final = TEMPLATE / "docs" / "public-projects" / "table.md"
WORKERS: Final = ("--workers", "2", "--no-control-socket")
LIBRARY: Final = (*WORKERS, "--worker-class=asgi_serving.worker.Worker")
OK: Final = 200
RAN: Final = re.compile(r"^Ran (\d+) tests?", re.MULTILINE)


class Compared(NamedTuple):
    """A project before and after.

    left: what was left to a person. tests: how many of its own passed, before and after.
    """

    project: Project
    left: int
    before: Measured
    after: Measured
    tests: tuple[str, str]


def main() -> int:
    """Return 0 if nothing is worse afterwards, and 1 otherwise."""
    parser = argparse.ArgumentParser(prog="nox -s public_projects --", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("words", nargs="*", metavar="WORD", help="parts of projects' names")
    words = parser.parse_args().words
    chosen = [p for p in PROJECTS if not words or any(word in p.name for word in words)]
    compared, problems = [], []
    for project in chosen:
        print(f"{project.name} ...", flush=True)
        try:
            with tempfile.TemporaryDirectory() as folder:
                each = compare(project, Path(folder))
        except (RuntimeError, subprocess.CalledProcessError) as error:
            problems.append(f"{project.name}: {error}")
            continue
        print(row(each), flush=True)
        compared.append(each)
        problems += worse(each)
    lines = table(compared)
    if not words:
        TABLE.parent.mkdir(exist_ok=True)
        TABLE.write_text(lines, "utf-8")
    print(lines, *problems or ["Nothing is worse afterwards."], sep="\n")
    return 1 if problems else 0


def compare(project: Project, folder: Path) -> Compared:
    """Make a project, and serve it before and after. Raises RuntimeError, CalledProcessError."""
    root = folder / "project"
    venv = folder / "venv"
    install(venv, *project.packages, "gunicorn")
    environment = {
        **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        "PATH": f"{venv / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "VIRTUAL_ENV": str(venv),
    }
    make(project, root, environment)
    home = root / project.manage
    if (root / "requirements.txt").exists():
        install(venv, "-r", str(root / "requirements.txt"))
    for command in project.prepare:
        run(list(command), home, environment)
    run(["python", "manage.py", "migrate", "--verbosity=0"], home, environment)
    tests = [own_tests(home, environment)]
    wsgi = module(home, "wsgi")
    former = shutil.copytree(root, folder / "former") / project.manage
    left = upgrade(root)
    install(venv, *declared(root))
    before, after = measure(
        Served(
            ["gunicorn", wsgi, *WORKERS],
            former,
            environment,
            project.page,
        ),
        Served(
            ["gunicorn", module(home, "asgi"), *LIBRARY],
            home,
            environment,
            project.page,
        ),
    )
    tests.append(own_tests(home, environment))
    return Compared(project, left, before, after, (tests[0], tests[1]))


def make(project: Project, root: Path, environment: Mapping[str, str]) -> None:
    """Make the project in a new folder."""
    if project.make:
        root.mkdir()
    else:
        package, version, folder = project.source
        shutil.copytree(source_of(package, version) / folder, root)
    for name, text in project.files.items():
        (root / name).write_text(text, "utf-8")
    if project.make:
        run(list(project.make), root, environment)


def upgrade(root: Path) -> int:
    """Run the tool, and return how much it left to a person. Raises RuntimeError: nothing is written."""
    command = [sys.executable, "-m", "asgi_upgrade", "serving", "--json", str(root)]
    done = subprocess.run(command, cwd=TEMPLATE, capture_output=True, text=True, check=False)
    told: dict[str, Any] = json.loads(done.stdout) if done.returncode in {0, 1} else {}
    if not told.get("written"):
        raise RuntimeError(done.stdout + done.stderr)
    return len(told["decisions"])


def declared(root: Path) -> list[str]:
    """Return what the project declares now, for pip."""
    if (root / "requirements.txt").exists():
        return ["-r", str(root / "requirements.txt")]
    # It is installed by its package already: what the tool has added is all that is new.
    text = (root / "pyproject.toml").read_text("utf-8")
    return re.findall(r'"((?:asgiref|gunicorn|packaging|servestatic|uvicorn)\b[^"]*)"', text)


def module(home: Path, name: str) -> str:
    """Return the module of a project that is called wsgi or asgi, as a server loads it."""
    found = [p for p in sorted(home.rglob(f"{name}.py")) if "asgi_serving" not in p.parts]
    if not found:
        raise RuntimeError(f"{home} has no {name}.py")
    return ".".join(found[0].relative_to(home).with_suffix("").parts)


def own_tests(home: Path, environment: Mapping[str, str]) -> str:
    """Run the project's own tests, and return how many passed, "none" or "failed"."""
    command = ["python", "manage.py", "test", "--verbosity=0", "--no-input"]
    done = subprocess.run(
        command, cwd=home, env=environment, capture_output=True, text=True, check=False
    )
    found = RAN.search(done.stderr)
    number = found[1] if found else "0"
    if number == "0":
        return "none"
    return number if done.returncode == 0 else "failed"


def install(venv: Path, *what: str) -> None:
    """Install into an environment, which is made first. Raises CalledProcessError."""
    uv = find_uv_bin()
    if not venv.exists():
        new = [uv, "venv", "--quiet", "--no-config", "--python", sys.executable, str(venv)]
        subprocess.run(new, check=True)
    pip = [uv, "pip", "install", "--quiet", "--no-config", "--python", str(venv / "bin" / "python")]
    subprocess.run([*pip, *what], check=True)


def run(command: list[str], folder: Path, environment: Mapping[str, str]) -> None:
    """Run a command. Raises RuntimeError with what it printed."""
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, input=""
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {(done.stdout + done.stderr)[-3000:]}")


def worse(each: Compared) -> list[str]:
    """Return a sentence for each thing that is worse afterwards."""
    found = []
    if each.before.status != OK:
        found.append(f"{each.project.name}: its page was {each.before.status} before")
    if each.after.status != each.before.status:
        found.append(f"{each.project.name}: {each.before.status} has become {each.after.status}")
    if each.tests[0] != each.tests[1]:
        found.append(f"{each.project.name}: of its tests, {each.tests[0]} and then {each.tests[1]}")
    if each.after.lost:
        found.append(f"{each.project.name}: {each.after.lost} of {each.after.asked} were lost")
    return found


def row(each: Compared) -> str:
    """Return a row of the table."""
    before, after = each.before, each.after
    tests = " / ".join(each.tests) if each.tests != ("none", "none") else "none"
    return (
        f"| {each.project.name} | `{each.project.page}` | {after.status} | {each.left} | {tests} "
        f"| {before.rate:.0f} | {after.rate:.0f} "
        f"| {before.lost} | {after.lost} | {before.slowest:.1f} s | {after.slowest:.1f} s |"
    )


def table(compared: list[Compared]) -> str:
    """Return the table."""
    head = [
        "| project | page | status | left to you | its tests | answers/s | then | lost | then | longest wait | then |",
        "|---|---|---:|---:|---|---:|---:|---:|---:|---:|---:|",
    ]
    return "\n".join([*head, *map(row, compared)]) + "\n"


if __name__ == "__main__":
    sys.exit(main())
