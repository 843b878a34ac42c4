"""What a person reads, and what a machine reads."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from asgi_upgrade.result import Change, Result

BOLD, GREEN, YELLOW, RESET = "\033[1m", "\033[32m", "\033[33m", "\033[0m"


def text(
    result: Result,
    *,
    written: bool,
    backup: Path | None,
    colour: bool,
    without_changes: bool = False,
) -> str:
    """Return a short report: what was changed and why, what is left to a person, what to run.

    without_changes: a diff shows them.
    """

    def paint(code: str, words: str) -> str:
        return f"{code}{words}{RESET}" if colour else words

    sections = {
        "Changed:" if written else "To be changed:": [
            paint(GREEN, line)
            for change in ([] if without_changes else result.changes)
            for line in _edits(change)
        ],
        "Left to you:": [
            f"{paint(YELLOW, f'{path}:{d.line}')} {d.what}\n"
            f"    {d.advice}: asgi-upgrade explain {d.topic}"
            for path, d in result.decisions
        ],
        "Besides:": [
            f"{path}:{f.line} {f.what}: asgi-upgrade explain {f.topic}"
            for path, f in result.findings
        ],
        "Not touched:": [f"{path}: {reason}" for path, reason in result.skipped],
        "To be run now, or by --lock:": [
            f"(cd {c.folder}; {' '.join(c.arguments)})" for c in result.commands
        ],
    }
    lines: list[str] = []
    for title, rows in sections.items():
        if rows:
            lines += [paint(BOLD, title), *(f"  {row}" for row in rows)]
    if backup:
        lines.append(f"The former files are in {backup}.")
    if result.is_done:
        lines.append("Nothing to do.")
    return "\n".join(lines)


def _edits(change: Change) -> Iterator[str]:
    path = change.document.path
    for edit in sorted(change.edits, key=lambda edit: edit.start):
        old = change.document.text[edit.start : edit.end]
        what = f"{old} -> {edit.text}" if old else f"+ {' '.join(edit.text.split())}"
        yield f"{path}:{change.document.line_of(edit.start)} {what} ({edit.why})"


def diff(result: Result) -> bytes:
    """Return all changes as a unified diff that `patch -p1` takes.

    Its lines are those of the files, byte by byte, whatever their encodings.
    """
    return b"".join(line for change in result.changes for line in _diff(change))


def _diff(change: Change) -> Iterator[bytes]:
    document = change.document
    yield from file_diff(
        document.path, document.encode(document.text), document.encode(change.text)
    )


def file_diff(path: PurePosixPath, former: bytes | None, content: bytes) -> Iterator[bytes]:
    """Yield the lines of a file's unified diff; former: None for a new one."""
    before, after = _lines(former or b""), _lines(content)
    tab = b"\t" if any(map(str.isspace, str(path))) else b""  # as git ends such a name
    name = os.fsencode(path.as_posix())
    names = b"/dev/null" if former is None else b"a/" + name + tab, b"b/" + name + tab
    for line in difflib.diff_bytes(difflib.unified_diff, before, after, *names):
        yield line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n"


def _lines(content: bytes) -> list[bytes]:
    """Return the lines as patch counts them: each ends with a line feed, and with nothing else."""
    lines = content.split(b"\n")
    ended = [line + b"\n" for line in lines[:-1]]
    return [*ended, lines[-1]] if lines[-1] else ended
