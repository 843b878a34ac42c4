"""The way of a migration: look at all files, decide, and check each edit before it is written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from asgi_upgrade.dependencies import LockCommand, declares, plan
from asgi_upgrade.dependencies.formats.requirements import is_compiled
from asgi_upgrade.dependencies.locks import is_lock
from asgi_upgrade.document import Document, UnreadableError
from asgi_upgrade.findings import WORDS, findings
from asgi_upgrade.history import PROSE, is_history, release_in
from asgi_upgrade.model import (
    NEW_MODULE,
    OLD_NAME,
    Decision,
    Edit,
    Finding,
    Proposal,
    Use,
    apply,
)
from asgi_upgrade.rewriters import rewriter_for
from asgi_upgrade.tree import files

HINTS = tuple(
    word.encode(encoding)
    for word in ("uvicorn", "gunicorn")
    for encoding in ("utf-8", "utf-16-le", "utf-16-be")
)
"""A file with none of these names neither the worker nor its packages."""

OWN = re.compile(r"^name\s*=\s*[\"'](uvicorn|uvicorn-worker)[\"']", re.MULTILINE)


class CannotWorkError(Exception):
    """Raised with the reason when a tree must not be changed."""


@dataclass
class Change:
    """A file, as it was and as it shall be."""

    document: Document
    edits: list[Edit]

    @property
    def text(self) -> str:
        """The text after all edits."""
        return apply(self.document.text, self.edits)


@dataclass
class Result:
    """What is to be done to a tree, and what a person has to know."""

    changes: list[Change] = field(default_factory=list)
    decisions: list[tuple[PurePosixPath, Decision]] = field(default_factory=list)
    findings: list[tuple[PurePosixPath, Finding]] = field(default_factory=list)
    skipped: list[tuple[PurePosixPath, str]] = field(default_factory=list)
    commands: list[LockCommand] = field(default_factory=list)

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to change or to decide."""
        return not self.changes and not self.decisions


def migrate(
    root: Path,
    *,
    exclude: Sequence[str] = (),
    latest: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Result:
    """Return what would move a tree to uvicorn-worker; nothing is written.

    progress: is called with the files that were looked at, and their number.
    Raises CannotWorkError, NoTreeError.
    """
    listed = list(files(root, exclude))
    refuse(root, listed)
    survey = _Survey(history={path for path in listed if is_history(path)})
    survey.history |= set(_linked(root, listed))
    for number, path in enumerate(listed):
        if progress:
            progress(number, len(listed))
        if document := _read(root, path, survey.result):
            survey.look(document)
    if progress:
        progress(len(listed), len(listed))
    survey.plan_dependencies(latest=latest)
    return survey.result


@dataclass
class _Survey:
    """What the files of a tree have told so far."""

    history: set[PurePosixPath]
    result: Result = field(default_factory=Result)
    uses: dict[PurePosixPath, int] = field(default_factory=dict)
    declared: dict[PurePosixPath, Document] = field(default_factory=dict)
    found: list[tuple[PurePosixPath, Finding]] = field(default_factory=list)

    def look(self, document: Document) -> None:
        """Take from a file what it has to say."""
        path = document.path
        if declares(path):
            self.declared[path] = document
        self.found += [(path, finding) for finding in findings(document)]
        if path in self.history:
            if OLD_NAME.search(document.text):
                self.result.skipped.append((path, "it is history"))
        elif is_lock(path) or is_compiled(document):
            pass  # its tool makes it again
        elif version := release_in(path):
            self.result.decisions += [(path, each) for each in _of_a_release(document, version)]
        else:
            self.take(*_proposals(document))

    def take(self, change: Change, proposals: Sequence[Proposal]) -> None:
        """Take the proposals for a file."""
        path = change.document.path
        self.result.decisions += [(path, p) for p in proposals if isinstance(p, Decision)]
        self.found += [(path, p) for p in proposals if isinstance(p, Finding)]
        lines = [p.line for p in proposals if isinstance(p, Use)]
        lines += [change.document.line_of(edit.start) for edit in change.edits]
        if lines and path.suffix.lower() not in PROSE - {"", ".txt"}:
            self.uses[path] = min(lines)
        if change.edits:
            self.result.changes.append(change)

    def plan_dependencies(self, *, latest: bool) -> None:
        """Add what the files that declare dependencies need, and put everything in order."""
        result, planned = self.result, plan(self.declared, self.uses, latest=latest)
        changes = {change.document.path: change for change in result.changes}
        for path, edits in planned.edits.items():
            change = changes.setdefault(path, Change(self.declared[path], []))
            change.edits = [*change.edits, *edits]
        result.changes = [changes[path] for path in sorted(changes)]
        result.commands = planned.commands
        for path, decisions in planned.decisions.items():
            result.decisions += [(path, each) for each in decisions]
        result.decisions.sort(key=lambda each: (each[0], each[1].line))
        if self.uses:
            for path, more in planned.findings.items():
                self.found += [(path, each) for each in more]
            result.findings = sorted(self.found, key=lambda each: (each[0], each[1].line))


def refuse(root: Path, listed: Sequence[PurePosixPath]) -> None:
    """Raise CannotWorkError where the new name would load something else, or is the subject."""
    folders = {path.parent for path in listed if path.name == "__init__.py"}
    for path in listed:
        if path.name == f"{NEW_MODULE}.py":
            local, place = path, path.parent
        elif path.name == "__init__.py" and path.parent.name == NEW_MODULE:
            local, place = path.parent, path.parent.parent
        else:
            continue
        if place not in folders:  # a module of a package has a longer name
            raise CannotWorkError(
                f"{local} would be loaded in place of the package uvicorn-worker: rename it first"
            )
    for name in ("pyproject.toml", "setup.py", "setup.cfg"):
        own = root / name
        if own.is_file() and OWN.search(own.read_text("utf-8", errors="replace")):
            raise CannotWorkError(f"{own} is the project of one of the packages themselves")


def _linked(root: Path, listed: Sequence[PurePosixPath]) -> Iterator[PurePosixPath]:
    """Yield the files that a link with the name of a history leads to."""
    for path in listed:
        if is_history(path) and (root / path).is_symlink():
            target = (root / path).resolve()
            if target.is_relative_to(root.resolve()):
                yield PurePosixPath(target.relative_to(root.resolve()).as_posix())


def _read(root: Path, path: PurePosixPath, result: Result) -> Document | None:
    """Return a file that may matter, or None."""
    place = root / path
    try:
        if place.is_symlink() or not place.is_file():
            return None
        content = place.read_bytes()
        if not any(hint in content for hint in HINTS + WORDS) and not declares(path):
            return None
        return Document.parse(path, content)
    except (OSError, UnreadableError) as error:
        reason = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
        result.skipped.append((path, reason))
        return None


def _proposals(document: Document) -> tuple[Change, list[Proposal]]:
    """Return the edits that keep what a file means, and all other proposals."""
    rewriter = rewriter_for(document.path, document.text)
    proposals = list(rewriter.propose(document))
    change = Change(document, [p for p in proposals if isinstance(p, Edit)])
    if change.edits and not _means_the_same(document, change.text):
        line = document.line_of(change.edits[0].start)
        proposals.append(
            Decision(
                line,
                "the edits would have changed more than the name, and were taken back",
                "change this file by hand",
                "taken-back",
            )
        )
        change.edits = []
    return change, proposals


def _means_the_same(document: Document, text: str) -> bool:
    rewriter = rewriter_for(document.path, document.text)
    try:
        before = rewriter.meaning(document.text)
    except ValueError:
        return True  # a template, which only its tool can read
    try:
        return rewriter.meaning(text) == before
    except ValueError:
        return False


def _of_a_release(document: Document, version: str) -> Iterator[Decision]:
    for match in OLD_NAME.finditer(document.text):
        yield Decision(
            document.line_of(match.start()),
            f"the path names the version {version}, which may need the old class",
            "change it if what runs there has uvicorn-worker",
            "releases",
        )
