"""Running git."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Collection
from pathlib import Path

from asgi_upgrade.refusals import CannotWorkError

OLDEST = (2, 38)
"""The first git that merges without a work tree: `git merge-tree --write-tree`, its release notes."""

OF_ONE_REPOSITORY = {
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_DIR", "GIT_INDEX_FILE",
    "GIT_NAMESPACE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "GIT_QUARANTINE_PATH", "GIT_WORK_TREE",
}  # fmt: skip
"""Variables that a git hook has set for another repository than the one that is asked here."""


class GitError(CannotWorkError):
    """Raised with what git has said last, when it has failed."""


def git(
    folder: Path, *arguments: str, stdin: bytes = b"", index: Path | None = None,
    accepted: Collection[int] = (0,), alone: bool = False,
) -> bytes:  # fmt: skip
    """Run git in a folder, and return what it prints.

    index: another file than the repository's own. accepted: exit codes that are no failure.
    alone: signals to this process's group do not reach it.
    Raises GitError.
    """
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            input=stdin, capture_output=True, check=False, env=environment(index),
            start_new_session=alone,
        )  # fmt: skip
    except OSError as error:
        raise GitError("git is needed: install it from https://git-scm.com/downloads") from error
    if done.returncode not in accepted:
        said = os.fsdecode(done.stderr).strip().splitlines() or ["nothing"]
        told = next((line for line in said if line.startswith(("fatal:", "error:"))), said[-1])
        raise GitError(f"git {arguments[0]} failed: {told}")
    return done.stdout


def git_line(folder: Path, *arguments: str) -> str:
    """Return the one line that git prints. Raises GitError."""
    return os.fsdecode(git(folder, *arguments)).rstrip("\n")


def environment(index: Path | None = None) -> dict[str, str]:
    """Return the environment that git runs in: English, and of no other repository."""
    kept = {name: value for name, value in os.environ.items() if name not in OF_ONE_REPOSITORY}
    kept["LC_ALL"] = "C.UTF-8"
    if index:
        kept["GIT_INDEX_FILE"] = str(index)
    return kept


def refuse_old_git() -> None:
    """Raise CannotWorkError where git cannot merge without a work tree."""
    said = git_line(Path(), "--version")
    found = re.search(r"(\d+)\.(\d+)", said)
    if not found or tuple(map(int, found.groups())) < OLDEST:
        wanted = ".".join(map(str, OLDEST))
        raise CannotWorkError(
            f"git {wanted} or newer is needed, and this is {said.removeprefix('git version ')}: "
            "update it from https://git-scm.com/downloads"
        )
