"""What a person reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from asgi_upgrade.engine import Change
from asgi_upgrade.report import BOLD, GREEN, RESET, YELLOW, file_diff
from asgi_upgrade.serving.model import Advice, Plan
from asgi_upgrade.serving.sources import LIBRARY


def text(plan: Plan, *, written: bool, colour: bool, without_changes: bool = False) -> str:
    """Return what was written or would be, and what is left to a person.

    without_changes: a diff shows them.
    """

    def paint(code: str, words: str) -> str:
        return f"{code}{words}{RESET}" if colour else words

    done = "Written:" if written else "To be written:"
    if plan.needed and not written:
        done = "To be written when that is done:"
    sections = {
        "Write this first, then run this again; nothing was written:": _rows(plan.needed),
        done: [paint(GREEN, line) for line in ([] if without_changes else _written(plan))],
        "Left to you:": _rows(plan.decisions),
        "Besides:": _rows(plan.notes),
        "To be run now:": [f"(cd {c.folder}; {' '.join(c.arguments)})" for c in plan.commands],
    }
    lines: list[str] = []
    for title, rows in sections.items():
        if rows:
            lines.append(paint(BOLD if title != "Left to you:" else YELLOW, title))
            lines += [f"  {row}" for row in rows]
    if plan.is_done:
        lines.append("Nothing to do.")
    return "\n".join(lines)


def _rows(advice: Sequence[Advice]) -> list[str]:
    return [
        f"{each.path}:{each.line} {each.what}: asgi-upgrade explain {each.topic}\n"
        + "\n".join(f"      {w}" for w in each.write.splitlines())
        for each in advice
    ]


def _written(plan: Plan) -> Iterator[str]:
    library = [path for path in plan.created if LIBRARY in path.parts]
    if library:
        yield f"{_folder(library[0])}/ ({len(library)} files of the library)"
    for path, content in plan.created.items():
        if path not in library:
            yield f"{path} ({len(content.splitlines())} lines, new)"
    for path in plan.removed:
        yield f"{path} is taken away (an older version of the library)"
    for change in plan.changes:
        yield from _edits(change)


def _folder(path: PurePosixPath) -> PurePosixPath:
    index = path.parts.index(LIBRARY)
    return PurePosixPath(*path.parts[: index + 1])


def _edits(change: Change) -> Iterator[str]:
    path = change.document.path
    for edit in sorted(change.edits, key=lambda edit: edit.start):
        old = " ".join(change.document.text[edit.start : edit.end].split())
        new = " ".join(edit.text.split())
        what = f"{old} -> {new}" if old else f"+ {new}"
        yield f"{path}:{change.document.line_of(edit.start)} {what} ({edit.why})"


def diff(plan: Plan) -> bytes:
    """Return all but the library's own files as a unified diff that `patch -p1` takes."""
    lines: list[bytes] = []
    library = [path for path in plan.created if LIBRARY in path.parts]
    if library:
        shown = f"{_folder(library[0])}/: {len(library)} files of the library are not shown\n"
        lines.append(shown.encode())
    for path, content in plan.created.items():
        if path not in library:
            lines += file_diff(path, None, content)
    for change in plan.changes:
        document = change.document
        former, after = document.encode(document.text), document.encode(change.text)
        lines += file_diff(document.path, former, after)
    return b"".join(lines)
