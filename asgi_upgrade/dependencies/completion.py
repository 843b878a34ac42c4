"""What is missing where uvicorn and gunicorn are declared, and versions that do not fit."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from asgi_upgrade.dependencies.declaration import Declaration
from asgi_upgrade.dependencies.formats import format_of
from asgi_upgrade.dependencies.formats.pyproject import named_in_extras
from asgi_upgrade.dependencies.plan import DependencyPlan
from asgi_upgrade.dependencies.python_version import PythonOfProject
from asgi_upgrade.dependencies.versions import (
    BAD,
    LATEST_PYTHON,
    OLDEST_PYTHON,
    UnclearError,
    conflict,
    latest_specifier,
    specifier_set,
    worker_specifier,
)
from asgi_upgrade.document import Document
from asgi_upgrade.model import PACKAGE, Finding

CONDITION = re.compile(r"\{%-?\s*if\b")
END_OF_CONDITION = re.compile(r"\{%-?\s*endif\b")
"""Of Jinja and Django."""

INSTALL = "install uvicorn-worker where this runs"
MATCH = (
    "uvicorn-worker 0.3.0 needs gunicorn 20.1 and uvicorn below 0.36; 0.4.0 needs gunicorn 21.0 and "
    "uvicorn 0.36 or newer; --latest raises all three"
)


def complete(
    family: Sequence[Declaration],
    documents: Mapping[PurePosixPath, Document],
    python: PythonOfProject,
    result: DependencyPlan,
    *,
    latest: bool,
) -> None:
    """Declare uvicorn-worker where uvicorn or gunicorn is, and look at the versions.

    family: the declarations of what is installed together. result: takes what is found.
    """
    _Completion(family, documents, python, result, latest).run()


@dataclass
class _Completion:
    """A family, and the plan that is being made for it."""

    family: Sequence[Declaration]
    documents: Mapping[PurePosixPath, Document]
    python: PythonOfProject
    result: DependencyPlan
    latest: bool

    def run(self) -> None:
        """Add to the plan what this family needs."""
        self.known_faults()
        places, worker = self.places(), self.declared(PACKAGE)
        if self.runs_on_too_old_python(worker or places[0]):
            return
        if self.latest:
            for each in self.family:
                self.raise_version(each)
        if worker:
            self.compare(worker, worker.specifier)
        for place in () if worker else places:
            self.add(place)

    def declared(self, name: str) -> Declaration | None:
        """Return the declaration of a package in the narrowest scope that serves."""
        found = [each for each in self.served() if each.name == name]
        return max(found, key=lambda each: each.narrowness, default=None)

    def served(self) -> list[Declaration]:
        """Return the declarations that are not for development alone, or all if there are none."""
        return [each for each in self.family if each.narrowness >= 0] or list(self.family)

    def places(self) -> list[Declaration]:
        """Return beside what uvicorn-worker goes: uvicorn or gunicorn, where Gunicorn is.

        A condition of a template comes first: the worker is not wanted without it. What everybody
        installs comes before extras and groups, each of which has it otherwise.
        """
        served = self.served()
        if conditional := [each for each in served if self.is_conditional(each)]:
            return [max(conditional, key=lambda each: (each.narrowness, each.name == "uvicorn"))]
        anchors = [each for each in served if each.name == "gunicorn"]
        anchors = anchors or [max(served, key=lambda each: each.narrowness)]
        anchors = [each for each in anchors if not each.narrowness][:1] or anchors
        groups = {(each.path, each.group): each for each in reversed(anchors)}
        for each in served:
            if each.name == "uvicorn" and (each.path, each.group) in groups:
                groups[each.path, each.group] = each
        return list(groups.values())

    def is_conditional(self, each: Declaration) -> bool:
        """Tell whether a declaration stands in a condition of a template."""
        before = self.documents[each.path].text[: each.start]
        return len(CONDITION.findall(before)) > len(END_OF_CONDITION.findall(before))

    def runs_on_too_old_python(self, place: Declaration) -> bool:
        """Tell whether there is no uvicorn-worker for the project's Python, and what it allows."""
        oldest = LATEST_PYTHON if self.latest else OLDEST_PYTHON
        if old := self.python.too_old(oldest):
            what = f"{PACKAGE} needs Python {oldest}, and this project has: {old.text}"
            self.result.decide(old.path, old.line, what, "raise Python first", "python")
            self.result.held.add(place.path)
            return True
        if old := self.python.installed("3.7", place.path):
            what = f"{PACKAGE} needs Python {oldest}, and this project allows: {old.text}"
            advice = "raise its oldest Python, or no lock can be made"
            self.result.decide(old.path, old.line, what, advice, "python")
        return False

    def add(self, place: Declaration) -> None:
        """Declare uvicorn-worker beside another package."""
        document, kind = self.documents[place.path], format_of(place.path)
        if document.is_ignored(place.start) or kind is None:
            return
        if all(each.narrowness < 0 and each.name == "uvicorn" for each in self.family):
            what = "uvicorn is declared for development alone"
            self.decide(place, what, INSTALL, "dependency")
            self.result.held.add(place.path)
            return
        extras = named_in_extras(document, place) if place.optional else []
        if place.optional and not extras:
            what = f"{place.name} is optional, and so must uvicorn-worker be"
            self.decide(place, what, f"{INSTALL}, and name it in an extra", "dependency")
            self.result.held.add(place.path)
            return
        uvicorn = self.declared("uvicorn")
        declared, style = uvicorn.specifier if uvicorn else "", _style(place, uvicorn)
        try:
            if self.latest:
                specifier = latest_specifier(PACKAGE, place.specifier.strip(" *") or style)
            else:
                old_python = self.python.allows(OLDEST_PYTHON, place.path)
                specifier = worker_specifier(
                    declared, place.specifier, style, old_python=old_python
                )
        except UnclearError as error:
            advice = "choose the version of uvicorn first, then uvicorn-worker 0.3.0 or 0.4.0"
            self.decide(place, str(error), advice, "versions")
            self.result.held.add(place.path)
            return
        edit = kind.beside(document, place, specifier)
        if not any(edit.start == each.start for each in self.result.edits[place.path]):
            self.result.edits[place.path] += [edit, *extras]
        self.compare(place, specifier)

    def raise_version(self, each: Declaration) -> None:
        """Give a declaration the current version."""
        specifier, kind = latest_specifier(each.name, each.specifier), format_of(each.path)
        if kind is not None and specifier != each.specifier:
            edit = kind.respecified(self.documents[each.path], each, specifier)
            self.result.edits[each.path].append(edit)

    def compare(self, place: Declaration, worker: str) -> None:
        """Tell of versions that do not serve together, which none boots with.

        worker: that of uvicorn-worker.
        """
        uvicorn, gunicorn = (
            each.specifier if (each := self.declared(name)) else ""
            for name in ("uvicorn", "gunicorn")
        )
        if not self.latest and (what := conflict(uvicorn, gunicorn, worker)):
            self.decide(place, what, MATCH, "versions")
            self.result.held.add(place.path)

    def known_faults(self) -> None:
        """Tell of versions that have faults of their own."""
        for each in self.family:
            for name, bad, what in BAD:
                if each.name == name and _is_pinned(each.specifier, bad):
                    line = self.documents[each.path].line_of(each.start)
                    self.result.findings[each.path].append(Finding(line, what, "versions"))

    def decide(self, place: Declaration, what: str, advice: str, topic: str) -> None:
        """Leave something at a declaration to a person."""
        document = self.documents[place.path]
        if not document.is_ignored(place.start):
            self.result.decide(place.path, document.line_of(place.start), what, advice, topic)


def _style(place: Declaration, uvicorn: Declaration | None) -> str:
    """Return the specifier of uvicorn as the format of another place would write it."""
    if uvicorn is None or format_of(place.path) is format_of(uvicorn.path):
        return uvicorn.specifier if uvicorn else ""
    return "==" if uvicorn.specifier.lstrip("=")[:1].isdigit() else ""


def _is_pinned(specifier: str, version: str) -> bool:
    try:
        return str(specifier_set(specifier)) == version
    except UnclearError:
        return False
