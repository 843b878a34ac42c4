"""The files of the project that are watched, and those that are loaded only at a start."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from watchfiles import Change, watch

_STARTED = Path(sys.argv[0]).resolve()
PROJECT: Final = _STARTED.parent if _STARTED.name == "manage.py" else Path.cwd()
"""Where manage.py is, or where another command was started."""

LOADED_AT_START: Final = (".py", ".mo")
"""Endings of such files; templates and static files are read anew for each request."""

NOT_WATCHED: Final = frozenset({
    ".git", ".mypy_cache", ".nox", ".pytest_cache", ".ruff_cache", ".tox", ".venv", "__pycache__",
    "node_modules", "site-packages",
})  # fmt: skip
"""Names of folders in which nothing is the project's code, wherever they are."""

NOT_WATCHED_AT_THE_TOP: Final = frozenset({"build", "logs", "media", "staticfiles", "venv"})
"""Names of such folders beside manage.py; elsewhere an application may be called so."""

WITHOUT_EVENTS: Final = ("9p", "cifs", "fuse.", "nfs", "prl_fs", "smb", "vboxsf", "virtiofs")
"""How the names of file systems begin that do not tell what changed on their other side."""

SETTLED: Final = 15
"""For how long nothing else may have changed before a change counts, in milliseconds."""

PAUSE: Final = 100
"""After how long without a change the watching program looks at its processes, in milliseconds."""


def changes() -> Iterator[set[Path]]:
    """Yield the files that changed and are loaded only at a start, and often an empty set.

    Raises KeyboardInterrupt at a signal whose handler raises.
    """
    polling = _must_poll()
    watched = _entries() if polling else {PROJECT}
    while True:
        for changed in watch(
            *watched,
            watch_filter=_is_noticed,
            step=SETTLED,
            rust_timeout=PAUSE,
            yield_on_timeout=True,
            force_polling=polling,
            ignore_permission_denied=True,
        ):
            yield {Path(path) for _, path in changed}
            if polling and watched != _entries():
                break
        before, watched = watched, _entries()
        added = {path for path in watched - before if _is_noticed(Change.added, str(path))}
        yield added | (before - watched)


def _is_noticed(change: Change, name: str) -> bool:
    path = Path(name)
    if change == Change.added and path.is_dir():
        # What was in a new folder before it was watched is not told.
        return _is_watched(path) and any(_matters(file) for file in path.rglob("*"))
    return _matters(path)


def _matters(path: Path) -> bool:
    of_project = path.suffix in LOADED_AT_START or path == PROJECT / ".env"
    return of_project and _is_watched(path)


def _is_watched(path: Path) -> bool:
    folders = path.relative_to(PROJECT).parts
    return NOT_WATCHED_AT_THE_TOP.isdisjoint(folders[:1]) and NOT_WATCHED.isdisjoint(folders)


def _entries() -> set[Path]:
    """Return what is asked for changes again and again: no more of the project than must be."""
    return {
        path
        for path in PROJECT.iterdir()
        if (path.is_dir() and _is_watched(path)) or _matters(path)
    }


def _must_poll() -> bool:
    """Whether the project is on another machine, such as the host of a virtual one."""
    if chosen := os.environ.get("WATCHFILES_FORCE_POLLING"):
        return chosen.lower() not in {"false", "disable", "disabled"}
    if sys.platform != "linux":
        return False
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text("utf-8").splitlines()]
    _, kind = max(
        (len(point), kind)
        for _, point, kind, *_ in mounts
        if PROJECT.is_relative_to(point.replace("\\040", " "))
    )
    return kind.startswith(WITHOUT_EVENTS)
