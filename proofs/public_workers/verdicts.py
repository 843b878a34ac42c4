"""What a person has decided for each line of public projects that names the module.

The lines themselves are not here: `verdicts.json` has where they stand, and a part of their hashes.
"""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

FILE: Final = Path(__file__).with_name("verdicts.json")
NEW: Final = "new"
STAYS: Final = "stays"
PERSON: Final = "person"
"""A line gets the new name; tells what was, or is of others; or is left to a person."""


class Line(NamedTuple):
    """A line, and what must happen to it. digest: of its bytes, without its end."""

    path: str
    number: int
    verdict: str
    digest: str


class Judged(NamedTuple):
    """A commit of a project.

    dependencies: the files that must declare uvicorn-worker, and in which versions; "" is any.
    """

    repository: str
    commit: str
    lines: tuple[Line, ...]
    dependencies: dict[str, str]


def judged() -> list[Judged]:
    """Return all projects."""
    return [
        Judged(
            each["repository"],
            each["commit"],
            tuple(Line(*line) for line in each["lines"]),
            each["dependencies"],
        )
        for each in json.loads(FILE.read_text("utf-8"))
    ]


def digest(line: bytes) -> str:
    """Return what tells a line from others."""
    return sha256(line.rstrip(b"\r\n")).hexdigest()[:12]
