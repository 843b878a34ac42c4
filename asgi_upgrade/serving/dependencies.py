"""The packages that the library needs, declared where the project declares Django."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from posixpath import normpath

from asgi_upgrade.dependencies.families import INCLUDED
from asgi_upgrade.dependencies.formats import format_of
from asgi_upgrade.dependencies.formats.requirements import Requirements
from asgi_upgrade.dependencies.locks import commands, is_lock
from asgi_upgrade.model import Edit
from asgi_upgrade.refusals import CannotWorkError
from asgi_upgrade.serving.declared import WHY, Group, groups_of, names_in_made
from asgi_upgrade.serving.model import Advice, Plan
from asgi_upgrade.serving.needs import needs, serves_django
from asgi_upgrade.serving.project import Project

MAIN = {"project.dependencies", "tool.poetry.dependencies"}
"""The tables of pyproject.toml that everybody installs."""


def declare(project: Project, plan: Plan) -> None:
    """Declare what is missing, and raise what is too old. Raises CannotWorkError: Django is."""
    documents = {
        path: document
        for path in project.sources.paths
        if _is_near(path, project.start) and (document := project.sources.document(path))
    }
    groups = [each for document in documents.values() for each in groups_of(document)]
    of_django = [each for each in groups if any(d.name == "django" for d in each.declared)]
    for group in of_django:
        _refuse_old_django(group)
    if not of_django:  # another package may bring it
        own = [each for each in groups if _is_main(each, project)]
        of_django = own if len(own) == 1 else []
    # A service beside this one, in a folder of its own, is none of Django's.
    folders = {group.document.path.parent for group in of_django}
    edited: set[PurePosixPath] = set()
    for group in groups:
        for edit in _raising(group) if group.document.path.parent in folders else ():
            plan.edits[group.document].append(edit)
            edited.add(group.document.path)
    for group in of_django:
        names = _names_with_included(group, groups)
        wanted = [each for each in needs() if each.name not in names]
        if wanted:
            plan.edits[group.document].append(group.adding(wanted))
            edited.add(group.document.path)
    if not of_django:
        _ask(project, plan, groups)
    locks = {p: d for p, d in documents.items() if is_lock(p) or p.suffix == ".txt"}
    made_again = list(commands(edited, locks))
    plan.commands += made_again
    known = {command.file for command in made_again}
    for path, document in documents.items():
        names = names_in_made(document)
        lacking = [each.requirement for each in needs() if each.name not in names]
        if "django" in names and lacking and path not in known:
            what = "a tool has made this file, and it lacks what asgi_serving needs: make it again"
            plan.decisions.append(
                Advice(path, 1, what, "\n".join(lacking), "exported-requirements")
            )


def _is_main(group: Group, project: Project) -> bool:
    """Tell whether a place declares what a project runs by, in a file beside manage.py or above it."""
    path = group.document.path
    is_named_so = path.name in {"requirements.txt", "Pipfile"} or group.table in MAIN
    return path.parent in {project.start, PurePosixPath()} and is_named_so


def _is_near(path: PurePosixPath, start: PurePosixPath) -> bool:
    """Tell whether a file may declare packages, and is above the folder of manage.py or below it."""
    is_near = start.is_relative_to(path.parent) or path.is_relative_to(start)
    is_beside = bool(path.parent.name) and start.is_relative_to(path.parent.parent)
    return (is_near or is_beside) and (format_of(path) is not None or is_lock(path))


def _ask(project: Project, plan: Plan, groups: Sequence[Group]) -> None:
    names = {each.name for group in groups for each in group.declared}
    wanted = [each.requirement for each in needs() if each.name not in names]
    if wanted:
        what = "no file here declares Django, so where packages are declared is unknown"
        manage = project.start / "manage.py"
        plan.needed.append(Advice(manage, 1, what, "\n".join(wanted), "undeclared-packages"))


def _refuse_old_django(group: Group) -> None:
    for each in group.declared:
        if each.name == "django" and not serves_django(each.specifier):
            raise CannotWorkError(
                f"{group.document.path} declares django{each.specifier}, and asgi_serving serves "
                "5.2, 6.0 and 6.1: upgrade Django first"
            )


def _names_with_included(group: Group, groups: Sequence[Group]) -> set[str]:
    """Return what is declared in a place, and in the files that it includes."""
    names = {each.name for each in group.declared}
    waiting, seen = [group.document], {group.document.path}
    while waiting:
        document = waiting.pop()
        if not Requirements().handles(document.path):
            continue
        for name in INCLUDED.findall(document.text):
            path = PurePosixPath(normpath(document.path.parent / name))
            for other in groups:
                if other.document.path == path and path not in seen:
                    names |= {each.name for each in other.declared}
                    waiting.append(other.document)
            seen.add(path)
    return names


def _raising(group: Group) -> Iterator[Edit]:
    """Yield the edits of packages that are declared without the extra, or too old."""
    known = {each.name: each for each in needs()}
    for each in group.declared:
        need = known.get(each.name)
        if need is None:
            continue
        if not need.is_met_by(each.specifier):
            start = each.specifier_start
            raised = need.raised(each.specifier)
            yield Edit(start, start + len(each.specifier), raised, WHY)
        if need.extra and not each.has_extras and group.table_end < 0:
            yield Edit(each.name_end, each.name_end, f"[{need.extra}]", WHY)
