"""What a person reads of an update."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from asgi_upgrade.template.source import Revision
from asgi_upgrade.template.update import Update

SHOWN = 20
"""Files that are listed by name; of more, the number is told."""


def beginning(template: str, older: Revision, newer: Revision, changelog: str) -> str:
    """Return which template and commit will run, and what is new in it."""
    lines = [f"Template {template}", f"  from {older}", f"  to   {newer}"]
    if changelog:
        lines += ["", *changelog.splitlines()]
    return "\n".join(lines)


def questions(new: Mapping[str, str], answers: Mapping[str, str], dropped: Sequence[str]) -> str:
    """Return the questions that are new, with the answers that were taken, and those that went."""
    lines = []
    if new:
        lines.append(
            "New questions, answered so (--ask asks, --answer NAME=VALUE answers otherwise):"
        )
        lines += [f'  {name} = "{answers[name]}"  {words}'.rstrip() for name, words in new.items()]
    if dropped:
        lines.append(f"Questions that are asked no more: {', '.join(dropped)}")
    return "\n".join(lines)


def files(update: Update, prefix: str) -> str:
    """Return the files by what happens to them."""
    listed = {*update.conflicts, *update.merged}
    lists = {
        "new": [path for path in update.added if path not in listed],
        "changed": [path for path in update.changed if path not in listed],
        "merged with yours": list(update.merged),
        "removed": [path for path in update.removed if path not in listed],
    }
    lines = []
    for title, paths in lists.items():
        if paths:
            lines += [f"{len(paths)} {title}:", *(f"  {prefix}{p}" for p in _shortened(paths))]
    if update.kept:
        lines.append("Left alone:")
        lines += [f"  {prefix}{path}: {reason}" for path, reason in update.kept.items()]
    if update.conflicts:
        lines.append(f"{len(update.conflicts)} in conflict:")
        lines += [f"  {prefix}{path} ({kind})" for path, kind in update.conflicts.items()]
    if update.told:
        lines.append("Left to you:")
        lines += [f"  {prefix}{line}" for line in update.told]
    return "\n".join(lines)


def _shortened(paths: Sequence[str]) -> list[str]:
    """Return paths, with those of one folder together where they are many."""
    if len(paths) <= SHOWN:
        return list(paths)
    folders: dict[str, list[str]] = {}
    for path in paths:
        folders.setdefault(path.partition("/")[0] if "/" in path else path, []).append(path)
    return [
        inside[0] if len(inside) == 1 else f"{folder}/ ({len(inside)} files)"
        for folder, inside in folders.items()
    ]


def ending(update: Update, *, locked: str | None) -> str:
    """Return the next commands. locked: why the lock file is old, or None."""
    lines = ["Next:"]
    if update.conflicts:
        lines += [
            "  git status              the files in conflict; or 'git mergetool'",
            "  git add FILE            each one that you have settled",
        ]
    else:
        lines.append("  git diff --staged       what has changed")
    if locked:
        lines.append(f"  uv lock                 {locked}")
    lines += [
        "  uv run manage.py migrate && uv run nox",
        "  git commit              takes the update over; 'git merge --abort' takes it back",
    ]
    return "\n".join(lines)
