"""What is told and not written: what fails under ASGI, and what would be better."""

from __future__ import annotations

from asgi_upgrade.serving.code_that_starts import advise_on_code_that_starts
from asgi_upgrade.serving.distributions import advise_on_distributions
from asgi_upgrade.serving.grace_periods import advise_on_grace_periods
from asgi_upgrade.serving.images import advise_on_images
from asgi_upgrade.serving.linters import advise_on_linters
from asgi_upgrade.serving.model import Plan
from asgi_upgrade.serving.project import Project
from asgi_upgrade.serving.python_versions import require_new_python
from asgi_upgrade.serving.settings_advice import advise_on_settings
from asgi_upgrade.serving.start_commands import Started
from asgi_upgrade.serving.views import advise_on_views


def advise(project: Project, plan: Plan, started: Started) -> None:
    """Add what a person has to know about the project."""
    require_new_python(project, plan)
    advise_on_settings(project, plan, started)
    advise_on_views(project, plan)
    advise_on_images(project, plan, started)
    advise_on_grace_periods(project, plan, started)
    advise_on_code_that_starts(project, plan)
    advise_on_distributions(project, plan)
    advise_on_linters(project, plan)
