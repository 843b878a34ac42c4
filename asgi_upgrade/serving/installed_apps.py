"""The app in `INSTALLED_APPS`: first, because its runserver replaces Django's."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from asgi_upgrade.model import Edit, apply
from asgi_upgrade.rewriters.python_module import Module
from asgi_upgrade.serving.model import Advice, Plan
from asgi_upgrade.serving.project import Project
from asgi_upgrade.serving.sources import LIBRARY
from asgi_upgrade.syntax import NOT_PARSED, parse

SETTING = "INSTALLED_APPS"
WHY = "the app has the checks, and a runserver of its own"
REMARK = "first, because its runserver replaces Django's"
LINE = f'INSTALLED_APPS = ["{LIBRARY}", *INSTALLED_APPS]  # {REMARK}'

DAPHNE = "daphne"
"""An app that has a runserver, too, and nothing else."""

Sequence = ast.List | ast.Tuple


def add_app(project: Project, plan: Plan) -> None:
    """Add the app where each settings module takes its apps from."""
    places = [each for path in project.settings_files() for each in _places(project, path)]
    if not places:
        _ask(project, plan)
    for place in places:
        if place.sequence is None:
            what = f"how {SETTING} is made here cannot be read with certainty"
            plan.needed.append(Advice(place.path, place.line, what, LINE, "installed-apps"))
        elif not any(map(_is_app, place.sequence.elts)):
            edit = _insertion(place.module, place.sequence)
            if _adds_only_the_app(place.module, edit):
                plan.edits[place.module.document].append(edit)
            else:
                what = f"{SETTING} cannot be written with certainty here"
                plan.needed.append(Advice(place.path, place.line, what, LINE, "installed-apps"))


@dataclass(frozen=True)
class _Place:
    """Where the setting gets its value; sequence: what the app goes into, None if that is unclear."""

    path: PurePosixPath
    module: Module
    line: int
    sequence: Sequence | None


def _ask(project: Project, plan: Plan) -> None:
    """Ask for the app where no code gives the setting a value: it may come from a file of data."""
    path = project.path(project.settings[0])
    if path and not any(_names_app(project.sources.module(p)) for p in project.settings_files()):
        what = f"no settings module gives {SETTING} a value that can be read"
        plan.needed.append(Advice(path, 1, what, LINE, "installed-apps"))


def _places(project: Project, path: PurePosixPath) -> Iterator[_Place]:
    """Yield where a module gives the setting a value that is not made of its former one."""
    module = project.sources.module(path)
    if module is None or _names_app(module):
        return
    for value in _values(module, SETTING):
        if not any(isinstance(n, ast.Name) and n.id == SETTING for n in ast.walk(value)):
            yield _Place(path, module, value.lineno, _first_sequence(module, value))


def _values(module: Module, name: str) -> Iterator[ast.expr]:
    """Yield what a name is set to, in the module or in a class of it."""
    for node in module.nodes:
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign) and node.value:
            targets = [node.target]
        else:
            continue
        if any(_is_name(each, name) for each in targets) and node.value:
            yield node.value


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _first_sequence(module: Module, value: ast.expr) -> Sequence | None:
    """Return the literal that the value of the setting begins with, or None."""
    if isinstance(value, Sequence):
        return value
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        return _first_sequence(module, value.left)
    if isinstance(value, ast.Name):
        found = list(_values(module, value.id))
        return _first_sequence(module, found[0]) if len(found) == 1 else None
    return None


def _names_app(module: Module | None) -> bool:
    """Tell whether code has the app as a string of its own: it is written already."""
    return module is not None and any(map(_is_app, module.nodes))


def _is_app(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value in {
        LIBRARY,
        f"{LIBRARY}.apps.AsgiServingConfig",
    }


def _insertion(module: Module, sequence: Sequence) -> Edit:
    """Return the edit that puts the app before all others; Daphne's, if it is first, makes room."""
    text = module.document.text
    start, end = module.span(sequence)
    if not sequence.elts:
        return Edit(start, end, f'{text[start]}"{LIBRARY}",{text[end - 1]}', WHY)
    first = sequence.elts[0]
    begin, stop = module.span(first)
    quote = "'" if text[begin] == "'" else '"'
    app = f"{quote}{LIBRARY}{quote}"
    if isinstance(first, ast.Constant) and first.value == DAPHNE:
        return Edit(begin, stop, app, f"{WHY}, as daphne's was")
    line = text.rfind("\n", 0, begin) + 1
    indentation = text[line:begin]
    if indentation.strip():  # it is not alone on its line
        return Edit(begin, begin, f"{app}, ", WHY)
    opening = text.find("\n", start) + 1
    at = opening if text[start] in "[(" and start < opening <= line else line
    return Edit(at, at, f"{indentation}{app},  # {REMARK}{module.document.newline}", WHY)


def _adds_only_the_app(module: Module, edit: Edit) -> bool:
    """Tell whether the code means the same afterwards, but for the app."""
    try:
        after = parse(apply(module.document.text, [edit]))
    except NOT_PARSED:
        return False
    before = parse(module.document.text)
    _without(after, {LIBRARY})
    if edit.text.strip("\"'") == LIBRARY:
        _without(before, {DAPHNE})
    return ast.dump(before) == ast.dump(after)


def _without(tree: ast.Module, names: set[str]) -> None:
    """Take strings out of all lists and tuples."""
    for node in ast.walk(tree):
        if isinstance(node, Sequence):
            node.elts = [
                each
                for each in node.elts
                if not (isinstance(each, ast.Constant) and each.value in names)
            ]
