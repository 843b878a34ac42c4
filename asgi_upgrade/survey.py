"""What the files of a tree tell, and what follows from all of it together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from asgi_upgrade.dependencies import declares, plan
from asgi_upgrade.dependencies.formats import format_of
from asgi_upgrade.dependencies.locks import is_lock
from asgi_upgrade.dependencies.projects import TESTS
from asgi_upgrade.document import Document
from asgi_upgrade.findings import findings
from asgi_upgrade.generated import is_generated, is_minified
from asgi_upgrade.history import release_in
from asgi_upgrade.model import OLD_NAME, Decision, Edit, Finding, Proposal, Use
from asgi_upgrade.reading import UnreadError
from asgi_upgrade.result import Change, Result
from asgi_upgrade.rewriters import rewriter_for
from asgi_upgrade.rewriters.documentation import Documentation
from asgi_upgrade.rewriters.shell import Shell, base_image


@dataclass
class Survey:
    """What the files of a tree have told so far."""

    history: set[PurePosixPath]
    result: Result = field(default_factory=Result)
    uses: dict[PurePosixPath, int] = field(default_factory=dict)
    told: dict[PurePosixPath, Document] = field(default_factory=dict)
    declared: dict[PurePosixPath, Document] = field(default_factory=dict)
    found: list[tuple[PurePosixPath, Finding]] = field(default_factory=list)
    image: str = ""

    def look(self, document: Document) -> None:
        """Take from a file what it has to say."""
        path = document.path
        if isinstance(rewriter_for(path, document.text), Shell):
            self.image = self.image or base_image(document.text)
        names_worker = OLD_NAME.search(document.text) is not None
        if declares(path) or format_of(path) is not None:
            self.declared[path] = document
        ignored = document.ignored
        self.found += [(path, each) for each in findings(document) if each.line not in ignored]
        if is_lock(path):
            pass  # its tool makes it again
        elif path in self.history or is_minified(document):
            if names_worker:
                why = "it is history" if path in self.history else "it is minified"
                self.result.skipped.append((path, why))
        elif version := release_in(path):
            what = f"the path names the version {version}, which may need the old class"
            advice = "change it if what runs there has uvicorn-worker"
            self.leave(document, what, advice, "releases")
        elif path.suffix.endswith("-tpl"):
            what = "it is copied into projects of others, which declare what they need"
            self.leave(document, what, "change what those declare as well", "copied")
        elif is_generated(document):
            what = "the file says that a tool has made it"
            advice = "change what it is made from, and make it again"
            self.leave(document, what, advice, "generated")
        else:
            self.take(*_proposals(document))

    def leave_unread(self, path: PurePosixPath, error: UnreadError) -> None:
        """Leave a file to a person that names the worker and cannot be read."""
        if error.line and path not in self.history:
            what = f"the file names uvicorn.workers and is not read: {error}"
            advice = "change it by hand, or leave it out by --exclude"
            self.result.decisions.append((path, Decision(error.line, what, advice, "unreadable")))
        else:
            self.result.skipped.append((path, str(error)))

    def leave(self, document: Document, what: str, advice: str, topic: str) -> None:
        """Leave each old name in a file to a person."""
        for match in OLD_NAME.finditer(document.text):
            if not document.is_ignored(match.start()):
                decision = Decision(document.line_of(match.start()), what, advice, topic)
                self.result.decisions.append((document.path, decision))

    def take(self, change: Change, proposals: Sequence[Proposal]) -> None:
        """Take the proposals for a file."""
        path = change.document.path
        ignored = change.document.ignored
        proposals = [p for p in proposals if isinstance(p, Edit) or p.line not in ignored]
        self.result.decisions += [(path, p) for p in proposals if isinstance(p, Decision)]
        self.found += [(path, p) for p in proposals if isinstance(p, Finding)]
        lines = [p.line for p in proposals if isinstance(p, Use)]
        lines += [change.document.line_of(edit.start) for edit in change.edits]
        is_document = isinstance(rewriter_for(path, change.document.text), Documentation)
        if lines and not is_document:
            self.uses[path] = min(lines)
        if change.edits:
            if is_document:
                self.told[path] = change.document
            self.result.changes.append(change)

    def plan_dependencies(self, *, latest: bool, force: bool) -> None:
        """Add what the files that declare dependencies need, and put everything in order."""
        result = self.result
        if self.image and all(map(is_of_tests, self.uses)):
            self.leave_to_image()
        planned = plan(self.declared, self.uses, self.told, latest=latest, force=force)
        changes = {change.document.path: change for change in result.changes}
        held = [changes.pop(path) for path in planned.held & changes.keys()]
        for path, edits in planned.edits.items():
            if path not in changes:
                changes[path] = Change(self.declared[path], [])
            changes[path].edits += edits
        result.changes = [changes[path] for path in sorted(changes)]
        result.commands = planned.commands
        for path, decisions in planned.decisions.items():
            ignored = self.declared[path].ignored if path in self.declared else ()
            result.decisions += [(path, each) for each in decisions if each.line not in ignored]
        for change in held:
            self.hold(change)
        result.decisions.sort(key=lambda each: (each[0], each[1].line))
        if self.uses:
            for path, more in planned.findings.items():
                self.found += [(path, each) for each in more]
            result.findings = sorted(self.found, key=lambda each: (each[0], each[1].line))

    def leave_to_image(self) -> None:
        """Leave all names to a person: what serves is started by an image of others."""
        for change in self.result.changes:
            for line in sorted({change.document.line_of(edit.start) for edit in change.edits}):
                what = f"the class is named by the image {self.image}, and here only told of"
                advice = "change it when that image does"
                decision = Decision(line, what, advice, "base-images")
                self.result.decisions.append((change.document.path, decision))
        self.result.changes.clear()
        self.uses.clear()
        self.told.clear()

    def hold(self, change: Change) -> None:
        """Leave the old names of a file as they are: nothing would install what the new ones need."""
        for line in sorted({change.document.line_of(edit.start) for edit in change.edits}):
            what = "the name stays old, as nothing here can declare uvicorn-worker"
            decision = Decision(line, what, "do that first, or say --force", "held-back")
            self.result.decisions.append((change.document.path, decision))


def is_of_tests(path: PurePosixPath) -> bool:
    """Tell whether a file tests a project, and starts nothing of it."""
    return path.name.startswith("test_") or not TESTS.isdisjoint(path.parts[:-1])


def _proposals(document: Document) -> tuple[Change, list[Proposal]]:
    """Return the edits that keep what a file means, and all other proposals."""
    rewriter = rewriter_for(document.path, document.text)
    proposals = list(rewriter.propose(document))
    edits = [p for p in proposals if isinstance(p, Edit) and not document.is_ignored(p.start)]
    change = Change(document, edits)
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
