"""The dependency: where it goes, in which version, and which lock files follow."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from asgi_upgrade.dependencies.declaration import WHY, Declaration
from asgi_upgrade.dependencies.families import families
from asgi_upgrade.dependencies.formats import format_of
from asgi_upgrade.dependencies.locks import LockCommand, commands, is_lock
from asgi_upgrade.dependencies.versions import (
    BAD,
    UnclearError,
    contradicts,
    latest_specifier,
    specifier_set,
    worker_specifier,
)
from asgi_upgrade.document import Document
from asgi_upgrade.model import PACKAGE, Decision, Edit, Finding, apply
from asgi_upgrade.rewriters import rewriter_for

__all__ = ["DependencyPlan", "LockCommand", "declares", "plan"]

CONDITION = re.compile(r"\{%-?\s*if\b")
END_OF_CONDITION = re.compile(r"\{%-?\s*endif\b")
"""Of Jinja and Django."""

INSTALL = "install uvicorn-worker where this runs"


@dataclass
class DependencyPlan:
    """What is to be done to the files that declare dependencies."""

    edits: dict[PurePosixPath, list[Edit]] = field(default_factory=lambda: defaultdict(list))
    decisions: dict[PurePosixPath, list[Decision]] = field(
        default_factory=lambda: defaultdict(list)
    )
    findings: dict[PurePosixPath, list[Finding]] = field(default_factory=lambda: defaultdict(list))
    commands: list[LockCommand] = field(default_factory=list)


def declares(path: PurePosixPath) -> bool:
    """Tell whether a file may declare dependencies, or is made from one that does."""
    return is_lock(path) or format_of(path) is not None


def plan(
    documents: Mapping[PurePosixPath, Document],
    uses: Mapping[PurePosixPath, int],
    *,
    latest: bool,
) -> DependencyPlan:
    """Return what the files that declare dependencies need.

    uses: the files that use the worker by its new name, or will, and a line of each.
    latest: raise all three packages.
    """
    result = DependencyPlan()
    if not uses:
        return result
    declarations = [
        each
        for path, document in documents.items()
        if (kind := format_of(path)) is not None
        for each in kind.declarations(document)
    ]
    projects: dict[PurePosixPath, PurePosixPath] = {}
    for path, line in uses.items():
        folder = _project_of(path, declarations)
        if folder is None:
            if not projects and not result.decisions:
                what = "no file here declares uvicorn or gunicorn"
                result.decisions[path].append(Decision(line, what, INSTALL, "dependency"))
        else:
            projects.setdefault(folder, path)
    for folder in projects:
        inside = [each for each in declarations if each.path.is_relative_to(folder)]
        for family in families(inside, documents):
            _complete(family, documents, result, latest=latest)
    _take_back(documents, result)
    result.commands = list(commands(set(result.edits), documents))
    return result


def _project_of(path: PurePosixPath, declarations: Sequence[Declaration]) -> PurePosixPath | None:
    """Return the nearest folder upwards that declares one of the packages in or below it."""
    for folder in path.parents:
        if any(each.path.is_relative_to(folder) for each in declarations):
            return folder
    return None


def _take_back(documents: Mapping[PurePosixPath, Document], result: DependencyPlan) -> None:
    """Take the edits of a file back that would declare anything else than they should."""
    for path, edits in list(result.edits.items()):
        if not _declares_as_planned(documents[path], edits):
            line = documents[path].line_of(edits[0].start)
            what = "the edits would have declared something else, and were taken back"
            advice = f"declare {PACKAGE} here by hand"
            result.decisions[path].append(Decision(line, what, advice, "taken-back"))
            del result.edits[path]


def _declares_as_planned(document: Document, edits: Sequence[Edit]) -> bool:
    after = replace(document, text=apply(document.text, edits))
    kind, rewriter = format_of(document.path), rewriter_for(document.path, document.text)
    if kind is None:
        return False
    names = [each.name for each in kind.declarations(document)]
    names += [PACKAGE for edit in edits if edit.why == WHY]
    try:
        rewriter.meaning(document.text)
    except ValueError:
        return sorted(names) == sorted(each.name for each in kind.declarations(after))  # a template
    try:
        rewriter.meaning(after.text)
    except ValueError:
        return False
    return sorted(names) == sorted(each.name for each in kind.declarations(after))


def _complete(
    family: Sequence[Declaration],
    documents: Mapping[PurePosixPath, Document],
    result: DependencyPlan,
    *,
    latest: bool,
) -> None:
    """Declare uvicorn-worker where uvicorn or gunicorn is, and look at the versions."""
    uvicorn = _narrowest([each for each in family if each.name == "uvicorn"], documents)
    workers = [each for each in family if each.name == PACKAGE]
    others = [each for each in family if each.name != PACKAGE]
    _known_faults(family, documents, result)
    if latest:
        for each in family:
            _raise(each, documents[each.path], result)
    if workers:
        if uvicorn and not latest:
            _compare(uvicorn, workers[0], documents, result)
        return
    place = _narrowest(others, documents)
    if place is None:
        return
    document = documents[place.path]
    line = document.line_of(place.start)
    if place.optional:
        what = f"{place.name} is optional, and so must uvicorn-worker be"
        advice = f"{INSTALL}, and name it in the same extra"
        result.decisions[place.path].append(Decision(line, what, advice, "dependency"))
        return
    try:
        declared = uvicorn.specifier if uvicorn else None
        style = place.specifier
        if latest:
            declared = latest_specifier("uvicorn", declared or "")
        specifier = worker_specifier(declared, style)
    except UnclearError as error:
        advice = "choose the version of uvicorn first, then uvicorn-worker 0.3.0 or 0.4.0"
        result.decisions[place.path].append(Decision(line, str(error), advice, "versions"))
        return
    kind = format_of(place.path)
    assert kind is not None, "a declaration has a format"  # noqa: S101  # it comes from one
    result.edits[place.path].append(kind.beside(document, place, specifier))


def _narrowest(
    declarations: Sequence[Declaration], documents: Mapping[PurePosixPath, Document]
) -> Declaration | None:
    """Return the declaration of the narrowest scope that is not for development alone.

    A condition of a template is the narrowest: the worker is not wanted without it.
    """
    served = [each for each in declarations if each.narrowness >= 0] or list(declarations)

    def scope(each: Declaration) -> tuple[bool, int, bool]:
        before = documents[each.path].text[: each.start]
        depth = len(CONDITION.findall(before)) - len(END_OF_CONDITION.findall(before))
        return depth > 0, each.narrowness, each.name == "uvicorn"

    return max(served, key=scope, default=None)


def _raise(each: Declaration, document: Document, result: DependencyPlan) -> None:
    specifier = latest_specifier(each.name, each.specifier)
    kind = format_of(each.path)
    if kind is not None and specifier != each.specifier:
        result.edits[each.path].append(kind.respecified(document, each, specifier))


def _compare(
    uvicorn: Declaration,
    worker: Declaration,
    documents: Mapping[PurePosixPath, Document],
    result: DependencyPlan,
) -> None:
    if contradicts(uvicorn.specifier, worker.specifier):
        line = documents[worker.path].line_of(worker.start)
        what = f"uvicorn{uvicorn.specifier} and {PACKAGE}{worker.specifier} do not work together"
        advice = "uvicorn-worker 0.3.0 needs uvicorn below 0.36, and 0.4.0 needs 0.36 or newer"
        result.decisions[worker.path].append(Decision(line, what, advice, "versions"))


def _known_faults(
    family: Sequence[Declaration],
    documents: Mapping[PurePosixPath, Document],
    result: DependencyPlan,
) -> None:
    for each in family:
        for name, bad, what in BAD:
            if each.name == name and each.specifier:
                try:
                    pinned = str(specifier_set(each.specifier)) == bad
                except UnclearError:
                    continue
                if pinned:
                    line = documents[each.path].line_of(each.start)
                    result.findings[each.path].append(Finding(line, what, "versions"))
