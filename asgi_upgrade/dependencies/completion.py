"""What is missing where uvicorn and gunicorn are declared, and versions that do not fit."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from asgi_upgrade.dependencies.declaration import Declaration
from asgi_upgrade.dependencies.formats import format_of
from asgi_upgrade.dependencies.formats.pyproject import named_in_extras, supported_python
from asgi_upgrade.dependencies.locks import LockCommand
from asgi_upgrade.dependencies.versions import (
    BAD,
    OLDEST_PYTHON,
    UnclearError,
    allows_old_python,
    conflict,
    latest_specifier,
    specifier_set,
    worker_specifier,
)
from asgi_upgrade.document import Document
from asgi_upgrade.model import PACKAGE, Decision, Edit, Finding

CONDITION = re.compile(r"\{%-?\s*if\b")
END_OF_CONDITION = re.compile(r"\{%-?\s*endif\b")
"""Of Jinja and Django."""

INSTALL = "install uvicorn-worker where this runs"
MATCH = (
    "uvicorn-worker 0.3.0 needs gunicorn 20.1 and uvicorn below 0.36; 0.4.0 needs gunicorn 21.0 and "
    "uvicorn 0.36 or newer; --latest raises all three"
)


@dataclass
class DependencyPlan:
    """What is to be done to the files that declare dependencies."""

    edits: dict[PurePosixPath, list[Edit]] = field(default_factory=lambda: defaultdict(list))
    decisions: dict[PurePosixPath, list[Decision]] = field(
        default_factory=lambda: defaultdict(list)
    )
    findings: dict[PurePosixPath, list[Finding]] = field(default_factory=lambda: defaultdict(list))
    commands: list[LockCommand] = field(default_factory=list)


def complete(
    family: Sequence[Declaration],
    documents: Mapping[PurePosixPath, Document],
    result: DependencyPlan,
    *,
    latest: bool,
) -> None:
    """Declare uvicorn-worker where uvicorn or gunicorn is, and look at the versions.

    family: the declarations of what is installed together. result: takes what is found.
    """
    _Completion(family, documents, result, latest).run()


@dataclass
class _Completion:
    """A family, and the plan that is being made for it."""

    family: Sequence[Declaration]
    documents: Mapping[PurePosixPath, Document]
    result: DependencyPlan
    latest: bool

    def run(self) -> None:
        """Add to the plan what this family needs."""
        self.known_faults()
        if self.latest:
            for each in self.family:
                self.raise_version(each)
        worker, place = self.declared(PACKAGE), self.narrowest(self.family)
        if worker:
            self.compare(worker, worker.specifier)
        elif place:
            self.add(place)

    def declared(self, name: str) -> Declaration | None:
        """Return the declaration of a package."""
        return self.narrowest([each for each in self.family if each.name == name])

    def narrowest(self, declarations: Sequence[Declaration]) -> Declaration | None:
        """Return the declaration of the narrowest scope that is not for development alone.

        A condition of a template is the narrowest: the worker is not wanted without it.
        """
        served = [each for each in declarations if each.narrowness >= 0] or list(declarations)

        def scope(each: Declaration) -> tuple[bool, int, bool]:
            before = self.documents[each.path].text[: each.start]
            depth = len(CONDITION.findall(before)) - len(END_OF_CONDITION.findall(before))
            return depth > 0, each.narrowness, each.name == "uvicorn"

        return max(served, key=scope, default=None)

    def add(self, place: Declaration) -> None:
        """Declare uvicorn-worker beside another package."""
        document, kind = self.documents[place.path], format_of(place.path)
        extras = named_in_extras(document, place) if place.optional else []
        if place.optional and not extras:
            what = f"{place.name} is optional, and so must uvicorn-worker be"
            self.decide(place, what, f"{INSTALL}, and name it in an extra", "dependency")
            return
        uvicorn = self.declared("uvicorn")
        declared, style = uvicorn.specifier if uvicorn else "", _style(place, uvicorn)
        try:
            if self.latest:
                specifier = latest_specifier(PACKAGE, place.specifier.strip(" *") or style)
            else:
                specifier = worker_specifier(declared, place.specifier, style)
        except UnclearError as error:
            advice = "choose the version of uvicorn first, then uvicorn-worker 0.3.0 or 0.4.0"
            self.decide(place, str(error), advice, "versions")
            return
        if kind is not None:
            self.result.edits[place.path] += [kind.beside(document, place, specifier), *extras]
        self.compare(place, specifier)
        if (python := supported_python(document)) and allows_old_python(python):
            what = f"{PACKAGE} needs Python {OLDEST_PYTHON}, and this project supports {python}"
            self.decide(place, what, "raise its oldest Python, or no lock can be made", "versions")

    def raise_version(self, each: Declaration) -> None:
        """Give a declaration the current version."""
        specifier, kind = latest_specifier(each.name, each.specifier), format_of(each.path)
        if kind is not None and specifier != each.specifier:
            edit = kind.respecified(self.documents[each.path], each, specifier)
            self.result.edits[each.path].append(edit)

    def compare(self, place: Declaration, worker: str) -> None:
        """Tell of versions that do not serve together; worker: that of uvicorn-worker."""
        uvicorn, gunicorn = (
            each.specifier if (each := self.declared(name)) else ""
            for name in ("uvicorn", "gunicorn")
        )
        if not self.latest and (what := conflict(uvicorn, gunicorn, worker)):
            self.decide(place, what, MATCH, "versions")

    def known_faults(self) -> None:
        """Tell of versions that have faults of their own."""
        for each in self.family:
            for name, bad, what in BAD:
                if each.name == name and _is_pinned(each.specifier, bad):
                    line = self.documents[each.path].line_of(each.start)
                    self.result.findings[each.path].append(Finding(line, what, "versions"))

    def decide(self, place: Declaration, what: str, advice: str, topic: str) -> None:
        """Leave something at a declaration to a person."""
        line = self.documents[place.path].line_of(place.start)
        self.result.decisions[place.path].append(Decision(line, what, advice, topic))


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
