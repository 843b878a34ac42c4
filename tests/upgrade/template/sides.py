"""Versions of a template, rendered, and what a team would commit of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from asgi_upgrade.template.rendering import Order, render
from asgi_upgrade.template.source import Revision, Template
from asgi_upgrade.template.trees import Store, Tree
from asgi_upgrade.template.update import Side


def rendered(
    template: Template, revisions: Sequence[Revision], folder: Path, answers: Mapping[str, str]
) -> list[Side]:
    """Return the project of each version. folder: a new one."""
    folder.mkdir()
    places = [folder / f"version-{number}" for number in range(len(revisions))]
    for revision, place in zip(revisions, places, strict=True):
        template.check_out(revision, place)
    renders = render([Order(place, answers, "2026") for place in places], folder / "renders")
    return [
        Side(revision, made, template.modes(revision))
        for revision, made in zip(revisions, renders, strict=True)
    ]


def project_files(store: Store, folder: Path, modes: Mapping[str, str] | None = None) -> Tree:
    """Return the tree of a project in a folder, without what git does not hold."""
    return {
        path: entry
        for path, entry in store.write_folder(folder, modes or {}).items()
        if not path.startswith(".git/") and path != ".env"
    }
