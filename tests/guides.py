"""The guides of a project, typed as they stand: commands are run, code goes where they say."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from rendering import run
from uv import find_uv_bin

FENCE = re.compile(r"^```([\w+]+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
PLACE = re.compile(
    r"(?:#|{#|//|/\*|--) ([^\s,]+)(?:, (above|below|instead of|anew)(?: (.*?))?)?(?: #}| \*/)?\n"
)
ADDED = re.compile(r"^\$ uv add (.*)$", re.MULTILINE)
TYPED_BY_PEOPLE = {"console", "text"}
"""What needs a registry, a server or eyes."""


class Block(NamedTuple):
    """A block of code in a guide."""

    language: str
    text: str


def blocks(guide: Path) -> Iterator[Block]:
    """Yield what a guide tells its reader to type, in order."""
    for language, text in FENCE.findall(guide.read_text("utf-8")):
        if language not in TYPED_BY_PEOPLE:
            yield Block(language, text)


def packages_added(guide: Path) -> list[str]:
    """Return the packages that a guide tells its reader to add by uv."""
    return [
        package for line in ADDED.findall(guide.read_text("utf-8")) for package in shlex.split(line)
    ]


def write(project: Path, text: str) -> str:
    """Put a block where its first line says, or let it be the file anew; return the file's name."""
    place = PLACE.match(text)
    assert place, text
    name, side, line = place.groups()
    file, code = project / name, text[place.end() :]
    file.parent.mkdir(parents=True, exist_ok=True)
    before = file.read_text("utf-8") if file.exists() else ""
    if side == "anew":
        file.write_text(code, "utf-8")
        return str(name)
    if not side:
        between = "" if not before or code.startswith("\n") else "\n"
        file.write_text(f"{before}{between}{code}", "utf-8")
        return str(name)
    lines = before.splitlines(keepends=True)
    # Where its indentation is told as well, it is the one with that.
    begin = str if line[:1].isspace() else str.lstrip
    (at, *_) = [number for number, found in enumerate(lines) if begin(found).startswith(line)]
    apart = not lines[at - 1].strip() and not line.startswith(("from ", "import "))
    if side == "above" and apart and not code.endswith("\n\n"):
        code += "\n"  # it stands apart as what it is above does
    lines[at + (side == "below") : at + (side != "above")] = [code]
    file.write_text("".join(lines), "utf-8")
    return str(name)


def type_in(project: Path, python: Path, commands: str) -> str:
    """Run the commands of a block as a shell does, with uv and a built environment."""
    path = [str(python.parent), str(Path(find_uv_bin()).parent), os.environ["PATH"]]
    environment = {
        "PATH": os.pathsep.join(path),
        "UV_PROJECT_ENVIRONMENT": str(python.parent.parent),
        "UV_NO_SYNC": "1",
    }
    done = run("bash", "-euc", commands, cwd=project, **environment)
    assert done.returncode == 0, f"{commands}\n{done.stdout}{done.stderr}"
    return done.stdout


def type_guide(guide: Path, project: Path, python: Path) -> None:
    """Do all that a guide says: run commands, and write what has a place."""
    for language, text in blocks(guide):
        if language == "sh":
            said = type_in(project, python, text)
            if "startapp" in text:
                follow_startapp(project, said)
        elif PLACE.match(text):
            write(project, text)


def follow_startapp(project: Path, said: str) -> None:
    """Do the steps that `startapp` prints, but for the commands, which the guide repeats."""
    module, urls = re.findall(r'^ {4}(".*",|path\(.*)$', said, re.MULTILINE)
    write(project, f'# config/settings/base.py, below     "my_project.home",\n    {module}\n')
    write(project, f"# config/urls.py, above     path(settings.ADMIN_URL\n    {urls}\n")
