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


@contextmanager
def started(folder: Path) -> Iterator[Production]:
    """Make a project in the folder, start its production stack, and take it down at the end."""
    project = render(folder, project_slug=unique_slug())
    shutil.copytree(Path(__file__).with_name("site"), project / "fault_site")
    with (project / ".dockerignore").open("a", encoding="utf-8") as ignored:
        ignored.write("!fault_site/\n")
    (project / "compose.faults.yaml").write_text(OVERRIDE)
    files = "compose.production.yaml:compose.faults.yaml"
    with started_production(project, COMPOSE_FILE=files) as stack:
        yield stack
