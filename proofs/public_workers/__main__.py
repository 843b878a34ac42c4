"""Run `asgi-upgrade worker` on public projects, and compare with what a person decided before.

    nox -s public_workers                       fetch all of them, and write the table of the page
    nox -s public_workers -- --clones FOLDER    take them from a folder, where they are owner+name

Each line that names the module was judged by hand before the tool saw it, and so were the files that
must declare uvicorn-worker, and its versions. `verdicts.json` has both, without a line of anybody's
code. What is declared together after the run has to resolve, and Gunicorn has to boot with it as the
changed files say, on each python3.N of this machine that projects name. Small applications are served
as a whole.

A wrong name, an old one that nobody is told of, a wrong dependency, versions that do not resolve, and
what booted before and does not afterwards are problems.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from proofs.public_workers.comparison import compare
from proofs.public_workers.environments import Environments
from proofs.public_workers.serving import serve
from proofs.public_workers.verdicts import NEW, PERSON, Judged, judged
from proofs.repositories import AbsentError, tree_of

AT_ONCE: Final = 2
"""Projects that are looked at at the same time."""

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
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(AT_ONCE) as pool:
        environments = Environments(Path(folder))
        for of_project, mistakes in pool.map(
            lambda project: judge(project, options.clones, environments), projects
        ):
            figures += of_project
            problems += mistakes
    print(table(figures), *problems or ["There is no mistake."], sep="\n")
    if not options.names:
        TABLE.parent.mkdir(exist_ok=True)
        TABLE.write_text(table(figures), "utf-8")
    return 1 if problems else 0


def judge(
    project: Judged, clones: Path | None, environments: Environments
) -> tuple[Counter[str], list[str]]:
    """Return the figures of a project, and a sentence for each mistake."""
    print(f"{project.repository} ...\n", end="", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder, "tree")
        try:
            tree_of(project.repository, project.commit, clones, tree)
        except AbsentError as error:
            figures, problems = Counter[str](), [f"it cannot be had: {error}"]
        else:
            figures, problems, *_ = compared = compare(project, tree)
            problems += serve(tree, compared, environments)
    problems = [f"{project.repository}: {problem}" for problem in problems]
    print("".join(f"{problem}\n" for problem in problems), end="", file=sys.stderr, flush=True)
    return figures, problems


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
        "of these boot": "booted",
        "did not boot before either": "not before",
        "on another Python than theirs": "another Python",
        "whole applications that boot before": "applications",
        "of these boot afterwards": "applications afterwards",
    }
    lines = ["|  | number |", "|---|---:|"]
    lines += [f"| {title} | {figures[name]} |" for title, name in rows.items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
