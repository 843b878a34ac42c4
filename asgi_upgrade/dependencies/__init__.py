"""The dependency: where it goes, in which version, and which lock files follow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from asgi_upgrade.dependencies.completion import INSTALL, complete
from asgi_upgrade.dependencies.declaration import WHY, Declaration
from asgi_upgrade.dependencies.families import families, of_the_worker
from asgi_upgrade.dependencies.formats import format_of
from asgi_upgrade.dependencies.formats.pip_install import PipInstall
from asgi_upgrade.dependencies.locks import LockCommand, commands, is_lock
from asgi_upgrade.dependencies.plan import DependencyPlan
from asgi_upgrade.dependencies.projects import is_served, is_shared, project_of
from asgi_upgrade.dependencies.python_version import PythonOfProject, tells_python
from asgi_upgrade.dependencies.versions import UnclearError, worker_specifier
from asgi_upgrade.document import Document
from asgi_upgrade.generated import is_generated
from asgi_upgrade.model import PACKAGE, Decision, Edit, apply
from asgi_upgrade.rewriters import rewriter_for

__all__ = ["DependencyPlan", "LockCommand", "declares", "plan"]


def declares(path: PurePosixPath) -> bool:
    """Tell whether a file declares dependencies or the Python they run on, or is made from one.

    A script does only where it names one of the packages.
    """
    kind = format_of(path)
    return (
        is_lock(path)
        or tells_python(path)
        or (kind is not None and not isinstance(kind, PipInstall))
    )


def plan(
    documents: Mapping[PurePosixPath, Document],
    uses: Mapping[PurePosixPath, int],
    told: Mapping[PurePosixPath, Document],
    *,
    latest: bool,
    force: bool = False,
) -> DependencyPlan:
    """Return what the files that declare dependencies need.

    uses: the files that use the worker by its new name, or will, and a line of each.
    told: the documents that will tell to use it; so a project that declares Gunicorn needs it.
    latest: raise all three packages. force: hold nothing back.
    """
    result = DependencyPlan()
    if not uses and not told:
        return result
    declarations = [
        each
        for path, document in documents.items()
        if (kind := format_of(path)) is not None
        for each in kind.declarations(document)
    ]
    files = [each for each in declarations if not isinstance(format_of(each.path), PipInstall)]
    folders = {
        path: project_of(path, files) or project_of(path, declarations) for path in (*uses, *told)
    }
    alone = [path for path in uses if folders[path] is None]
    if alone:
        what = "no file here declares uvicorn or gunicorn"
        result.decide(alone[0], uses[alone[0]], what, INSTALL, "dependency")
        result.held |= set() if force else set(alone)
    rest = declarations
    for folder in sorted({f for f in folders.values() if f}, key=lambda f: -len(f.parts)):
        inside = [
            each
            for each in rest
            if each.path.is_relative_to(folder) and is_shared(each.path, folder)
        ]
        is_used = any(folders[path] == folder for path in uses)
        if is_used or any(map(is_served, inside)):
            rest = [each for each in rest if each not in inside]  # not again for a folder around it
            of_project = _plan_of_project(folder, inside, documents, latest=latest)
            if of_project.held and not force:
                of_project.edits.clear()
                result.held |= {path for path in folders if folders[path] == folder}
            result.take(of_project)
    result.commands = list(commands(set(result.edits), documents))
    for path, document in told.items():
        if path not in result.held and (edits := list(_told_commands(document))):
            result.edits[path] += edits
    return result


def _plan_of_project(
    folder: PurePosixPath,
    declarations: Sequence[Declaration],
    documents: Mapping[PurePosixPath, Document],
    *,
    latest: bool,
) -> DependencyPlan:
    """Return what one project needs."""
    result = DependencyPlan()
    python = PythonOfProject.of(folder, documents)
    for family in of_the_worker(families(declarations, documents), folder):
        complete(family, documents, python, result, latest=latest)
    _take_back(documents, result)
    return result


def _told_commands(document: Document) -> Iterator[Edit]:
    """Yield the edits of the commands in a document that install Gunicorn for a reader."""
    commands: dict[str, list[Declaration]] = defaultdict(list)
    for each in PipInstall().declarations(document):
        commands[each.group].append(each)
    for family in commands.values():
        names = {each.name: each for each in family}
        if "gunicorn" in names and PACKAGE not in names:
            uvicorn = names.get("uvicorn")
            declared = uvicorn.specifier if uvicorn else ""
            try:
                specifier = worker_specifier(declared, "", declared)
            except UnclearError:  # its reader has to choose
                continue
            yield PipInstall().beside(document, uvicorn or names["gunicorn"], specifier)


def _take_back(documents: Mapping[PurePosixPath, Document], result: DependencyPlan) -> None:
    """Take the edits of a file back that would declare anything else, or be lost."""
    for path, edits in list(result.edits.items()):
        if is_generated(documents[path]):
            what = "a tool has made this file, and would take uvicorn-worker out again"
            advice, topic = f"declare {PACKAGE} in what it is made from", "generated"
        elif not _declares_as_planned(documents[path], edits):
            what = "the edits would have declared something else, and were taken back"
            advice, topic = f"declare {PACKAGE} here by hand", "taken-back"
        else:
            continue
        line = documents[path].line_of(edits[0].start)
        result.decisions[path].append(Decision(line, what, advice, topic))
        del result.edits[path]
        result.held.add(path)


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
