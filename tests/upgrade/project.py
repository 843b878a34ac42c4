"""Small projects, written for a test and migrated."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from asgi_upgrade.engine import Result, migrate

OLD = "uvicorn.workers.UvicornWorker"
NEW = "uvicorn_worker.UvicornWorker"


def write(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Write files; text with its line endings as they are."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def migrated(
    folder: Path, files: Mapping[str, str | bytes], *, latest: bool = False, force: bool = False
) -> tuple[dict[str, str], Result]:
    """Return the files as they would be after the migration, and the result."""
    write(folder, files)
    result = migrate(folder, latest=latest, force=force)
    after = {
        name: content if isinstance(content, str) else content.decode("utf-8", "replace")
        for name, content in files.items()
    }
    after |= {str(change.document.path): change.text for change in result.changes}
    return after, result


def one(folder: Path, name: str, content: str) -> tuple[str, list[str]]:
    """Return one file after the migration, and the topics of the decisions about it.

    The dependency is declared nowhere, and does not matter.
    """
    after, result = migrated(folder, {name: content}, force=True)
    return after[name], topics(result)


def topics(result: Result) -> list[str]:
    """Return what a person has to decide, but for a dependency that nothing declares."""
    return [each.topic for _, each in result.decisions if each.topic != "dependency"]


def assert_name_is_changed(folder: Path, name: str, content: str) -> None:
    """See that each old name becomes the new one, nothing else changes, and nothing is left."""
    after = content.replace(OLD, NEW)
    assert one(folder, name, content) == (after, [])
    assert one(folder, name, after) == (after, [])


def assert_left(folder: Path, name: str, content: str, decisions: list[str]) -> None:
    """See that a file stays as it is, with these decisions for a person."""
    assert one(folder, name, content) == (content, decisions)
