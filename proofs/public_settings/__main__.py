"""Look at the settings of public projects with the checks of the library: there is no false error.

    nox -s public_settings                 all projects, and the table of the documentation
    nox -s public_settings -- wagtail      only these

The settings come from the wheels on the package index, in the versions of `projects.py`. The packages
that a project depends on are not installed: what its settings import of them is an object that does
nothing, and what is made of it is left out and counted. Of the apps only Django's own are loaded, and
the middleware of packages that are not installed is not looked at. Gunicorn is said to run two
of the library's workers.

A check that fails, an error, and a warning that `projects.py` does not explain, are problems. So is a
project with a mistake in which nothing is found.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from quality import environment_for
from rendering import TEMPLATE, render

from proofs.public_settings.projects import EXPLAINED, PROJECTS, Project
from proofs.wheels import wheel_of

TABLE: Final = TEMPLATE / "docs" / "public-settings" / "table.md"
LOOK: Final = Path(__file__).with_name("look.py")
DEADLINE: Final = 600
"""How long one project may take, in seconds; it takes a few."""

GUNICORN: Final = (
    "--worker-class asgi_serving.worker.Worker --workers 2 --keep-alive 75 --no-control-socket"
)
MISTAKE: Final = 'SECRET_KEY = "secret"\nASGI_SERVING = {"LANES": "many"}\n'
NOTICED: Final = "asgi_serving.E015"


class Looked(NamedTuple):
    """What came of a project: how many settings it has, what is left out, and what is found.

    failure: why its settings could not be looked at, or "".
    """

    settings: int = 0
    left_out: tuple[str, ...] = ()
    findings: tuple[tuple[str, str], ...] = ()
    failure: str = ""

    @property
    def ids(self) -> list[str]:
        """The ids of what is found, each once."""
        return list(dict.fromkeys(name for name, _ in self.findings))


def main() -> int:
    """Return 0 if nothing is found that should not be, and 1 otherwise."""
    parser = argparse.ArgumentParser(prog="nox -s public_settings --", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("names", nargs="*", metavar="PACKAGE", help="projects to look at")
    names = parser.parse_args().names
    if unknown := set(names) - {project.package for project in PROJECTS}:
        parser.error(f"there are no settings of {', '.join(sorted(unknown))}")
    projects = [project for project in PROJECTS if project.package in names or not names]
    with tempfile.TemporaryDirectory() as folder:
        library = render(Path(folder))
        python = environment_for(library)
        with ThreadPoolExecutor(os.cpu_count()) as executor:
            results = list(executor.map(partial(look, python, library), projects))
        control = look_at_mistake(python, library)
    looked = list(zip(projects, results, strict=True))
    lines = table(looked)
    print(lines)
    for project, each in looked:
        print(
            *(f"{project.package}: {name} {message}" for name, message in each.findings), sep="\n"
        )
        print(f"{project.package}: left out: {', '.join(each.left_out) or 'nothing'}\n")
    if not names:
        TABLE.parent.mkdir(exist_ok=True)
        TABLE.write_text(lines, "utf-8")
    found = [*problems(looked), *unnoticed(control)]
    print(*found or ["No check fails, and there is no false error."], sep="\n")
    return 1 if found else 0


def look(python: Path, library: Path, project: Project) -> Looked:
    """Look at a project's settings with the checks of a library."""
    return _look(python, library, project, wheel_of(project.package, project.version))


def look_at_mistake(python: Path, library: Path) -> Looked:
    """Look at settings with a mistake, which must be found."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "mistaken_settings.py").write_text(MISTAKE, "utf-8")
        return _look(python, library, Project("none", "", "mistaken_settings"), Path(folder))


def _look(python: Path, library: Path, project: Project, wheel: Path) -> Looked:
    folders = os.pathsep.join(str(wheel / folder) for folder in project.folders)
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(
            [python, LOOK, folders, ",".join(project.stubs), project.module],
            cwd=home,
            check=False,
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            env={
                "PATH": os.environ["PATH"],
                "HOME": home,
                "PYTHONPATH": str(library),
                "PYTHONDONTWRITEBYTECODE": "1",
                "GUNICORN_CMD_ARGS": GUNICORN,
                "SECRET_KEY": "0123456789" * 6,
                **project.environment,
            },
        )
    if done.returncode:
        return Looked(failure=(done.stderr.strip().splitlines() or ["it has no output"])[-1])
    found = json.loads(done.stdout)
    findings = tuple((each["id"], each["message"]) for each in found["findings"])
    return Looked(found["settings"], tuple(found["left out"]), findings)


def problems(looked: Sequence[tuple[Project, Looked]]) -> Iterator[str]:
    """Yield a sentence for each thing that is not as it should be."""
    for project, each in looked:
        if each.failure:
            yield f"{project.package}: its settings cannot be imported: {each.failure}"
        for name, message in each.findings:
            if name not in EXPLAINED or name.partition(".")[2].startswith("E"):
                yield f"{project.package}: {name} is not explained: {message}"


def unnoticed(control: Looked) -> Iterator[str]:
    """Yield a sentence if the mistake was not found."""
    if NOTICED not in control.ids:
        yield f"A mistake was not found: {control.failure or control.ids}"


def table(looked: Sequence[tuple[Project, Looked]]) -> str:
    """Return a table of the projects, and the reasons of what is found."""
    rows = [
        f"| {project.package} | {project.version} | {each.settings} | {len(each.left_out)} "
        f"| {', '.join(name.removeprefix('asgi_serving.') for name in each.ids) or 'nothing'} |"
        for project, each in looked
    ]
    found = {name for _, each in looked for name in each.ids}
    reasons = [
        f"- {name.removeprefix('asgi_serving.')}: {reason}"
        for name, reason in EXPLAINED.items()
        if name in found
    ]
    head = ["| project | version | settings | left out | found |", "|---|---|---:|---:|---|"]
    return "\n".join([*head, *rows, "", *reasons]) + "\n"


if __name__ == "__main__":
    sys.exit(main())
