"""What is told and not written: what fails under ASGI, and what would be better."""

from __future__ import annotations

from asgi_upgrade.serving.model import Plan
from asgi_upgrade.serving.project import Project
from asgi_upgrade.serving.start_commands import Started


def advise(project: Project, plan: Plan, started: Started) -> None:
    """Add what a person has to know about the project."""
