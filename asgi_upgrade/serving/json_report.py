"""What a machine reads: one JSON object, of the form that `report.schema.json` describes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import PurePosixPath

from asgi_upgrade.json_report import change_as_data, command_as_data
from asgi_upgrade.serving.model import Advice, Plan

VERSION = 1
"""Rises when a key goes, or means something else; new keys may come without that."""


def as_json(
    plan: Plan,
    *,
    written: bool,
    undone: Sequence[PurePosixPath] = (),
    booted: Sequence[str] = (),
) -> str:
    """Return everything as one JSON object.

    undone: the files that are as they were before. booted: what the boot said, a line each.
    """
    content = {
        "version": VERSION,
        "command": "serving",
        "written": written,
        "created": [str(path) for path in plan.created],
        "removed": [str(path) for path in plan.removed],
        "changes": [change_as_data(change) for change in plan.changes],
        "needed": [_as_data(each) for each in plan.needed],
        "decisions": [_as_data(each) for each in plan.decisions],
        "findings": [_as_data(each) for each in plan.notes],
        "commands": [command_as_data(command) for command in plan.commands],
        "undone": [str(path) for path in undone],
        "boot": list(booted),
    }
    return json.dumps(content, indent=2)


def _as_data(each: Advice) -> dict[str, object]:
    return {**vars(each), "path": str(each.path)}
