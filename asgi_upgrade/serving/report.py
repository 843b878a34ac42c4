"""What a person reads, and what a machine reads."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from difflib import unified_diff
from pathlib import PurePosixPath
from typing import Any

from asgi_upgrade.engine import Change
from asgi_upgrade.report import BOLD, GREEN, RESET, YELLOW
from asgi_upgrade.serving.model import Advice, Plan
from asgi_upgrade.serving.sources import LIBRARY


def text(plan: Plan, *, written: bool, colour: bool) -> str:
    """Return what was written or would be, and what is left to a person."""

    def paint(code: str, words: str) -> str:
        return f"{code}{words}{RESET}" if colour else words

    done = "Written:" if written else "To be written:"
    if plan.needed and not written:
        done = "To be written when that is done:"
    sections = {
        "Write this first, then run this again; nothing was written:": _advice(plan.needed),
        done: [paint(GREEN, line) for line in _written(plan)],
        "Left to you:": _advice(plan.decisions),
        "Besides:": _advice(plan.notes),
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


def _advice(rows: Sequence[Advice]) -> list[str]:
    return [
        f"{each.path}:{each.line} {each.what}\n"
        + "\n".join(f"      {w}" for w in each.write.splitlines())
        for each in rows
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


def diff(plan: Plan) -> str:
    """Return all but the library's own files as a unified diff that `patch -p1` takes."""
    lines: list[str] = []
    library = [path for path in plan.created if LIBRARY in path.parts]
    if library:
        lines.append(f"{_folder(library[0])}/: {len(library)} files of the library are not shown\n")
    for path, content in plan.created.items():
        if path not in library:
            new = content.decode().splitlines(keepends=True)
            lines += unified_diff([], new, "/dev/null", f"b/{path}")
    for change in plan.changes:
        before = change.document.text.splitlines(keepends=True)
        after = change.text.splitlines(keepends=True)
        path = change.document.path
        for line in unified_diff(before, after, f"a/{path}", f"b/{path}"):
            lines.append(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")
    for each in plan.needed:
        lines.append(f"# {each.path}:{each.line} {each.what}: {each.write.splitlines()[0]}\n")
    return "".join(lines)


def as_json(plan: Plan, *, written: bool, booted: Sequence[str] = ()) -> str:
    """Return everything as one JSON object."""
    content: dict[str, Any] = {
        "written": written,
        "created": [str(path) for path in plan.created],
        "removed": [str(path) for path in plan.removed],
        "changes": [
            {
                "path": str(change.document.path),
                "edits": [
                    {
                        "line": change.document.line_of(edit.start),
                        "before": change.document.text[edit.start : edit.end],
                        "after": edit.text,
                        "why": edit.why,
                    }
                    for edit in sorted(change.edits, key=lambda edit: edit.start)
                ],
            }
            for change in plan.changes
        ],
        "needed": [_as_data(each) for each in plan.needed],
        "decisions": [_as_data(each) for each in plan.decisions],
        "findings": [_as_data(each) for each in plan.notes],
        "commands": [
            {"folder": str(c.folder), "arguments": list(c.arguments)} for c in plan.commands
        ],
        "boot": list(booted),
    }
    return json.dumps(content, indent=2)


def _as_data(each: Advice) -> dict[str, Any]:
    return {"path": str(each.path), "line": each.line, "what": each.what, "write": each.write}
