"""What a machine reads: one JSON object, of the form that `report.schema.json` describes."""

from __future__ import annotations

import json
from pathlib import Path

from asgi_upgrade.dependencies.locks import LockCommand
from asgi_upgrade.result import Change, Result

VERSION = 1
"""Rises when a key goes, or means something else; new keys may come without that."""


def as_json(result: Result, *, written: bool, backup: Path | None) -> str:
    """Return everything as one JSON object."""
    content = {
        "version": VERSION,
        "command": "worker",
        "written": written,
        "backup": str(backup) if backup else None,
        "changes": [change_as_data(change) for change in result.changes],
        "decisions": [{"path": str(path), **vars(each)} for path, each in result.decisions],
        "findings": [{"path": str(path), **vars(each)} for path, each in result.findings],
        "skipped": [{"path": str(path), "reason": reason} for path, reason in result.skipped],
        "commands": [command_as_data(command) for command in result.commands],
    }
    return json.dumps(content, indent=2)


def change_as_data(change: Change) -> dict[str, object]:
    """Return the edits of a file, in the order of their places."""
    document = change.document
    edits = [
        {
            "line": document.line_of(edit.start),
            "before": document.text[edit.start : edit.end],
            "after": edit.text,
            "why": edit.why,
        }
        for edit in sorted(change.edits, key=lambda edit: edit.start)
    ]
    return {"path": str(document.path), "edits": edits}


def command_as_data(command: LockCommand) -> dict[str, object]:
    """Return what makes a lock file again, and where it is run."""
    return {"folder": str(command.folder), "arguments": list(command.arguments)}
