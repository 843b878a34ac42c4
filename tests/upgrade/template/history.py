"""The template as it is in this working copy, with its history."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from rendering import PROJECT_FOLDER, TEMPLATE, git

FIRST = "71e8d7d9de2afc0ec7ac774b8d5f3699ab544747"
"""The last commit of 0.1: the one before the serving code became a library."""

PARTS = (
    ".gitattributes", "CHANGELOG.md", "answer_checks.py", "cookiecutter.json", "hooks",
    "pyproject.toml", PROJECT_FOLDER,
)  # fmt: skip


def working_copy(folder: Path) -> str:
    """Clone this repository to a new folder, commit what differs, and return the commit."""
    if git(TEMPLATE, "rev-parse", "--is-shallow-repository") == "true":
        pytest.skip("this clone has no history: git fetch --unshallow")
    git(TEMPLATE, "clone", "--quiet", "--shared", str(TEMPLATE), str(folder))
    caches = shutil.ignore_patterns("__pycache__", ".*_cache")
    for name in PARTS:
        source, target = TEMPLATE / name, folder / name
        if source.is_dir():
            shutil.rmtree(target)
            shutil.copytree(source, target, ignore=caches)
        else:
            shutil.copyfile(source, target)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "As it is now")
    return git(folder, "rev-parse", "HEAD")
