"""Run `asgi-upgrade worker` on public projects, and compare with what a person decided before.

    nox -s public_workers                       fetch all of them, and write the table of the page
    nox -s public_workers -- --clones FOLDER    take them from a folder, where they are owner+name

Each line that names the module was judged by hand before the tool saw it, and so were the files that
must declare uvicorn-worker, and its versions. `verdicts.json` has both, without a line of anybody's
code. What is declared together after the run has to resolve.

A wrong name, an old one that nobody is told of, a wrong dependency, and versions that do not resolve or
serve are problems.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Final

from proofs.public_workers.comparison import compare
from proofs.public_workers.verdicts import NEW, PERSON, judged
from proofs.repositories import AbsentError, tree_of

TABLE: Final = Path(__file__).parents[2] / "docs" / "public-workers" / "table.md"


def main() -> int:
    """Return 0 if the tool did what a person would, and 1 otherwise."""
    parser = argparse.ArgumentParser(prog="nox -s public_workers --", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("names", nargs="*", metavar="OWNER/NAME", help="projects to look at")
    parser.add_argument("--clones", type=Path, help="a folder that has them as owner+name")
    options = parser.parse_args()
    projects = [each for each in judged() if each.repository in options.names or not options.names]
    figures: Counter[str] = Counter()
    problems: list[str] = []
    seen = 0
    for project in projects:
        print(*problems[seen:], f"{project.repository} ...", sep="\n", file=sys.stderr, flush=True)
        seen = len(problems)
        with tempfile.TemporaryDirectory() as folder:
            tree = Path(folder, "tree")
            try:
                tree_of(project.repository, project.commit, options.clones, tree)
            except AbsentError as error:
                problems.append(f"{project.repository}: it cannot be had: {error}")
                continue
            compared = compare(project, tree)
        figures += compared.figures
        problems += compared.problems
    print(table(figures), *problems or ["There is no mistake."], sep="\n")
    if not options.names:
        TABLE.parent.mkdir(exist_ok=True)
        TABLE.write_text(table(figures), "utf-8")
    return 1 if problems else 0


def table(figures: Counter[str]) -> str:
    """Return the figures as a table."""
    rows = {
        "projects": "projects",
        "lines that name the module": "lines",
        "of them to be renamed": NEW,
        "renamed": "renamed",
        "wrong names": "wrong names",
        "missed names": "missed",
        "left to a person": PERSON,
        "of them told": "told",
        "files that got the dependency": "dependencies",
        "wrong dependencies": "wrong dependencies",
        "missed dependencies": "missed dependencies",
        "of them resolve": "resolved",
    }
    lines = ["|  | number |", "|---|---:|"]
    lines += [f"| {title} | {figures[name]} |" for title, name in rows.items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
