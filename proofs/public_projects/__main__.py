"""Serve projects of others before and after `asgi-upgrade serving`, and write the table of the docs.

    nox -s public_projects                     all projects
    nox -s public_projects -- wagtail          those whose names have this word
    nox -s public_projects -- --clones FOLDER  repositories from a folder, where they are owner+name

Each is made by its authors' own command, from their source distribution, or from their repository at
a commit. It is migrated on SQLite or PostgreSQL, and served by two of Gunicorn's workers: synchronous
ones, as most are, unless its own configuration says otherwise. Then the tool runs, what the
project declares is installed anew, and two of the library's workers serve it. A project that nothing is
written in where that was not expected, does not boot, answers with another status, has fewer of its own
tests pass afterwards, or loses a request at a reload, is a problem.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from rendering import TEMPLATE

from proofs.public_projects.comparison import Compared, Refused, compare
from proofs.public_projects.projects import PROJECTS
from proofs.repositories import AbsentError
from proofs.table import write_row

TABLE: Final = TEMPLATE / "docs" / "public-projects" / "table.md"
HEADING: Final = (
    "| project | page | status | left to you | its tests | answers/s | then | lost | then "
    "| longest wait | then |\n"
    "|---|---|---:|---:|---|---:|---:|---:|---:|---:|---:|\n"
)
OK: Final = 200


def main() -> int:
    """Return 0 if nothing is worse afterwards, and 1 otherwise."""
    parser = argparse.ArgumentParser(prog="nox -s public_projects --", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("words", nargs="*", metavar="WORD", help="parts of projects' names")
    parser.add_argument("--clones", type=Path, help="a folder that has repositories as owner+name")
    options = parser.parse_args()
    words = options.words
    problems: list[str] = []
    found: list[str] = []
    for project in PROJECTS:
        if words and not any(word in project.name for word in words):
            continue
        print(*found, f"{project.name} ...", sep="\n", flush=True)
        try:
            with tempfile.TemporaryDirectory() as folder:
                each = compare(project, Path(folder), options.clones)
        except (RuntimeError, AbsentError, subprocess.CalledProcessError) as error:
            found = [f"{project.name}: {error}"]
        else:
            found = worse(each)
            print(row(each), end="", flush=True)
            write_row(TABLE, HEADING, [one.name for one in PROJECTS], row(each))
        problems += found
    print(*problems or ["Nothing is worse afterwards."], sep="\n")
    return 1 if problems else 0


def worse(each: Compared | Refused) -> list[str]:
    """Return a sentence for each thing that is worse afterwards, or not as it was expected."""
    name = each.project.name
    if isinstance(each, Refused):
        is_right = each.topic == each.project.refused
        return [] if is_right else [f"{name}: nothing is written, since {each.what}"]
    found = []
    if each.before.status != OK:
        found.append(f"{name}: its page was {each.before.status} before")
    if each.after.status != each.before.status:
        found.append(f"{name}: {each.before.status} has become {each.after.status}")
    if "failed" in each.tests or each.tests[0] != each.tests[1]:
        found.append(f"{name}: of its tests, {each.tests[0]} and then {each.tests[1]}")
    if each.after.lost:
        found.append(f"{name}: {each.after.lost} of {each.after.asked} were lost")
    return found


def row(each: Compared | Refused) -> str:
    """Return a line of the table."""
    if isinstance(each, Refused):
        why = f"nothing is written, `{each.topic}`: {each.what}"
        return f"| {each.project.name} | {why} |  |  |  |  |  |  |  |  |  |\n"
    before, after = each.before, each.after
    tests = " / ".join(each.tests) if each.tests != ("none", "none") else "none"
    return (
        f"| {each.project.name} | `{each.project.page}` | {after.status} | {each.left} "
        f"| {tests} | {before.rate:.0f} | {after.rate:.0f} "
        f"| {before.lost} | {after.lost} | {before.slowest:.1f} s | {after.slowest:.1f} s |\n"
    )


if __name__ == "__main__":
    sys.exit(main())
