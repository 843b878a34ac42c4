"""What the tool does to a project, beside what a person decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from asgi_upgrade.dependencies.declaration import WHY
from asgi_upgrade.dependencies.formats import format_of
from asgi_upgrade.document import Document
from asgi_upgrade.engine import Result, migrate
from asgi_upgrade.model import PACKAGE
from proofs.public_workers.resolution import Resolved, resolve
from proofs.public_workers.verdicts import NEW, PERSON, Judged, digest


class Compared(NamedTuple):
    """figures: how many of each row of the table. problems: a sentence for each mistake.

    result: what the tool would do. resolved: the files that declare versions now that resolve.
    """

    figures: Counter[str]
    problems: list[str]
    result: Result
    resolved: dict[str, Resolved]


def compare(project: Judged, tree: Path) -> Compared:
    """Run the tool on the files of a project, and look what it would do to each line."""
    result = migrate(tree)
    compared = Compared(Counter(projects=1, lines=len(project.lines)), [], result, {})
    compared.problems.extend(_names(project, tree, result, compared.figures))
    compared.problems.extend(_dependencies(project, tree, compared))
    return compared


def _names(project: Judged, tree: Path, result: Result, figures: Counter[str]) -> Iterator[str]:
    """Yield the mistakes with names, and count."""
    told = {(str(path), each.line) for path, each in result.decisions}
    renamed = {
        (str(change.document.path), change.document.line_of(edit.start))
        for change in result.changes
        for edit in change.edits
        if edit.why != WHY
    }
    for line in project.lines:
        place = f"{line.path}:{line.number}"
        if digest((tree / line.path).read_bytes().split(b"\n")[line.number - 1]) != line.digest:
            yield f"{place} is another line"
        is_new = (line.path, line.number) in renamed
        is_told = (line.path, line.number) in told
        figures[line.verdict] += 1
        figures["renamed"] += is_new
        figures["told"] += line.verdict == PERSON and is_told
        if is_new and line.verdict != NEW:
            figures["wrong names"] += 1
            yield f"{place} has the new name"
        if line.verdict == NEW and not is_new:
            figures["missed"] += 1
            if not is_told:
                yield f"{place} has the old name"


def _dependencies(project: Judged, tree: Path, compared: Compared) -> Iterator[str]:
    """Yield the mistakes with dependencies, and count."""
    added, figures = dict(_added(compared.result)), compared.figures
    figures["dependencies"] += len(added)
    for path in sorted(added.keys() | project.dependencies.keys()):
        is_, must = added.get(path), project.dependencies.get(path)
        if is_ != must:
            figures["missed dependencies" if is_ is None else "wrong dependencies"] += 1
            yield f"{path} declares {is_!r}, and must {must!r}"
    for path in added:
        resolved = resolve(tree, path, compared.result)
        if resolved.problem:
            yield f"{path}: {resolved.problem}"
        else:
            figures["resolved"] += 1
            compared.resolved[path] = resolved


def _added(result: Result) -> Iterator[tuple[str, str]]:
    """Yield the files that declare uvicorn-worker now, and in which version; documents aside."""
    for change in result.changes:
        path = change.document.path
        kind = format_of(path)
        if kind is not None and any(edit.why == WHY for edit in change.edits):
            after = Document(path, change.text, "utf-8")
            yield (
                str(path),
                next(d.specifier for d in kind.declarations(after) if d.name == PACKAGE),
            )
