"""The record of what was written: each file as it was, so that all of it can be taken back."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from asgi_upgrade.refusals import CannotWorkError
from asgi_upgrade.tree import BACKUP, git_root
from asgi_upgrade.writer import write_new


@dataclass
class Before:
    """A file before and after: its former bytes and mode, None where there was none.

    after: the hash of what was written, None where it was taken away.
    """

    content: bytes | None
    mode: int | None
    after: str | None


@dataclass
class Record:
    """What was written into a project, in a file that no commit holds."""

    place: Path
    files: dict[PurePosixPath, Before] = field(default_factory=dict)

    def note(self, root: Path, path: PurePosixPath, after: bytes | None) -> None:
        """Remember a file as it is, and what it becomes; what was before an earlier run stays."""
        known = self.files.get(path)
        hashed = None if after is None else digest(after)
        place = root / path
        is_there = place.is_file()
        if known and known.after == (digest(place.read_bytes()) if is_there else None):
            known.after = hashed
            return
        self.files[path] = Before(
            place.read_bytes() if is_there else None,
            place.stat().st_mode & 0o7777 if is_there else None,
            hashed,
        )

    def save(self) -> None:
        """Write it. Raises OSError."""
        content = {
            path.as_posix(): {
                "content": None if b.content is None else base64.b64encode(b.content).decode(),
                "mode": b.mode,
                "after": b.after,
            }
            for path, b in self.files.items()
        }
        self.place.parent.mkdir(parents=True, exist_ok=True)
        write_new(self.place, json.dumps(content).encode())

    def forget(self) -> None:
        """Take the record away."""
        self.place.unlink(missing_ok=True)
        if self.place.parent.name.startswith(BACKUP):
            self.place.parent.rmdir()


def record_of(root: Path) -> Record:
    """Return the record of a project, empty if there is none. Raises CannotWorkError."""
    record = Record(_place(root))
    if not record.place.exists():
        return record
    try:
        read = json.loads(record.place.read_text("utf-8"))
        for name, entry in read.items():
            content = entry["content"]
            record.files[PurePosixPath(name)] = Before(
                None if content is None else base64.b64decode(content),
                entry["mode"],
                entry["after"],
            )
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise CannotWorkError(f"{record.place} cannot be read: {error}") from error
    return record


def digest(content: bytes) -> str:
    """Return the hash by which contents are compared."""
    return hashlib.sha256(content).hexdigest()


def _place(root: Path) -> Path:
    """Return where git keeps what is its own, or a folder beside the project's files."""
    top = git_root(root)
    if top is None:
        return root / f"{BACKUP}-serving" / "record.json"
    said = subprocess.run(
        ["git", "-C", str(root), "rev-parse", "--absolute-git-dir"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    project = root.resolve().relative_to(top.resolve()).as_posix().replace("/", "-")
    return Path(said.stdout.rstrip("\n")) / "asgi-upgrade" / f"serving-{project}.json"
