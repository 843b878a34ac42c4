"""A production stack with pages on which faults show."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rendering import render
from stacks import Production, started_production, unique_slug

OVERRIDE: Final = """\
services:
  web:
    environment:
      DJANGO_SETTINGS_MODULE: fault_site.settings
"""


def with_pages(folder: Path, slug: str) -> Path:
    """Make a project in the folder, with the pages beside it: fault_site.settings has them."""
    project = render(folder, project_slug=slug)
    shutil.copytree(Path(__file__).with_name("site"), project / "fault_site")
    with (project / ".dockerignore").open("a", encoding="utf-8") as ignored:
        ignored.write("!fault_site/\n")
    return project


def stored_rows(stack: Production) -> set[str]:
    """Return the names of all rows that visitors may have stored."""
    query = ["psql", "-U", stack.folder.name, "-Atc", "SELECT name FROM auth_group"]
    return set(stack.execute("postgres", *query).split())


@contextmanager
def started(folder: Path) -> Iterator[Production]:
    """Make a project in the folder, start its production stack, and take it down at the end."""
    project = with_pages(folder, unique_slug())
    (project / "compose.faults.yaml").write_text(OVERRIDE)
    files = "compose.production.yaml:compose.faults.yaml"
    with started_production(project, COMPOSE_FILE=files) as stack:
        yield stack
