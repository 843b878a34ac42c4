"""Run `asgi-upgrade worker` on public projects, and compare with what a person decided before.

    nox -s public_workers                       fetch all of them, and write the table of the page
    nox -s public_workers -- --clones FOLDER    take them from a folder, where they are owner+name

Each line that names the module was judged by hand before the tool saw it, and so were the files that
must declare uvicorn-worker, and its versions. `verdicts.json` has both, without a line of anybody's
code. What is declared together after the run has to resolve.

A wrong name, a wrong dependency, and versions that do not resolve or serve are problems.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from packaging.version import Version
from uv import find_uv_bin

from asgi_upgrade.dependencies.declaration import SERVER, WHY
from asgi_upgrade.dependencies.formats import format_of
from asgi_upgrade.dependencies.versions import BOUNDARY, specifier_set
from asgi_upgrade.document import Document
from asgi_upgrade.engine import Result, migrate
from asgi_upgrade.model import PACKAGE
from proofs.public_workers.trees import AbsentError, tree_of
from proofs.public_workers.verdicts import NEW, PERSON, Judged, digest, judged

TABLE: Final = Path(__file__).parents[2] / "docs" / "public-workers" / "table.md"


class Compared(NamedTuple):
    """What the tool did to a project, beside what a person decided.

    figures: how many of each row of the table. problems: a sentence for each mistake.
    """

    figures: Counter[str]
    problems: tuple[str, ...]


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
    for project in projects:
        print(f"{project.repository} ...", file=sys.stderr, flush=True)
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


def compare(project: Judged, tree: Path) -> Compared:
    """Run the tool on the files of a project, and look what it would do to each line."""
    result = migrate(tree)
    figures: Counter[str] = Counter({"projects": 1})
    problems: list[str] = []
    told = {(str(path), each.line) for path, each in result.decisions}
    renamed = _lines_of(result, why_not=WHY)
    for line in project.lines:
        content = (tree / line.path).read_bytes().split(b"\n")[line.number - 1]
        if digest(content) != line.digest:
            problems.append(f"{project.repository}: {line.path}:{line.number} is another line")
        is_new = (line.path, line.number) in renamed
        figures["lines"] += 1
        figures[line.verdict] += 1
        if is_new:
            figures["renamed"] += 1
        if is_new and line.verdict != NEW:
            figures["wrong names"] += 1
            problems.append(f"{project.repository}: {line.path}:{line.number} has the new name")
        if line.verdict == NEW and not is_new:
            figures["missed"] += 1
            problems.append(f"{project.repository}: {line.path}:{line.number} has the old name")
        if line.verdict == PERSON and not is_new and (line.path, line.number) in told:
            figures["told"] += 1
    known = {(line.path, line.number) for line in project.lines}
    figures["others"] = len(renamed - known)
    added = dict(_added(result))
    figures["dependencies"] += len(added)
    for path in sorted(added.keys() | project.dependencies.keys()):
        is_, must = added.get(path), project.dependencies.get(path)
        if is_ != must:
            figures["wrong dependencies" if is_ is not None else "missed dependencies"] += 1
            problems.append(f"{project.repository}: {path} declares {is_!r}, and must {must!r}")
    for path in added:
        figures["resolved"] += 1
        if problem := _unresolved(tree, path, result):
            problems.append(f"{project.repository}: {path}: {problem}")
    return Compared(figures, tuple(problems))


def _lines_of(result: Result, *, why_not: str) -> set[tuple[str, int]]:
    return {
        (str(change.document.path), change.document.line_of(edit.start))
        for change in result.changes
        for edit in change.edits
        if edit.why != why_not and edit.start != edit.end
    }


def _added(result: Result) -> Iterator[tuple[str, str]]:
    """Yield the files that declare uvicorn-worker now, and in which version; documents aside."""
    for change in result.changes:
        path = change.document.path
        kind = format_of(path)
        if kind is not None and any(edit.why == WHY for edit in change.edits):
            after = Document(path, change.text, "utf-8")
            yield str(path), next(d.specifier for d in kind.declarations(after) if d.name == PACKAGE)


def _unresolved(tree: Path, path: str, result: Result) -> str:
    """Return why what a file declares with its neighbours cannot be installed or served, or ""."""
    texts = {change.document.path: change.text for change in result.changes}
    found: dict[str, str] = {}
    for other in sorted(
        (PurePosixPath(path), *_neighbours(tree, path)), key=lambda each: str(each) != path
    ):
        kind = format_of(other)
        if kind is None:
            continue
        text = texts.get(other) or (tree / other).read_text("utf-8", "replace")
        for each in kind.declarations(Document(other, text, "utf-8")):
            found.setdefault(each.name, f"{each.name}{specifier_set(each.specifier)}")
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder, "requirements.in")
        wanted.write_text("\n".join(found.values()), "utf-8")
        python = "3.8" if "0.2.0" in found[PACKAGE] else "3.12"
        compile_ = [find_uv_bin(), "pip", "compile", "--quiet", "--no-header", "--no-annotate"]
        done = subprocess.run(
            [*compile_, "--python-version", python, str(wanted)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    if done.returncode:
        return f"{' '.join(found.values())} does not resolve"
    locked = dict(line.split("==") for line in done.stdout.splitlines() if "==" in line)
    if (Version(locked["uvicorn"]) >= BOUNDARY) != (Version(locked[PACKAGE]) >= Version("0.4")):
        return f"uvicorn {locked['uvicorn']} and {PACKAGE} {locked[PACKAGE]} do not serve together"
    return ""


def _neighbours(tree: Path, path: str) -> Iterator[PurePosixPath]:
    """Yield the files beside one that may declare the other half: requirements include each other."""
    if format_of(PurePosixPath(path)) is not format_of(PurePosixPath("requirements.txt")):
        return
    for each in sorted((tree / path).parent.iterdir()):
        relative = PurePosixPath(each.relative_to(tree).as_posix())
        if each.is_file() and each.suffix == ".txt" and format_of(relative) is not None:
            yield relative


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
