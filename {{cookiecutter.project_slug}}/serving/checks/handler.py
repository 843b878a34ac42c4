"""Does the handler with lanes serve, or has it stepped aside for Django's own?"""

from collections.abc import Sequence
from typing import Any

import django
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Warning  # noqa: A004  # Django's name for it

from serving.handler import PROVEN_ON


def check_proven_on(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Compare the installed Django with those that the handler was proven on."""
    if settings.LANES is None or django.VERSION[:2] in PROVEN_ON:
        return []
    proven = ", ".join(f"{major}.{minor}" for major, minor in PROVEN_ON)
    return [
        Warning(
            f"serving.handler was not proven on Django {django.get_version()}, so Django's own, "
            "slower handler serves.",
            hint=f"Use Django {proven}, or set LANES=0 to say that this is meant.",
            id="serving.W002",
        )
    ]
