"""Does the handler with lanes serve, or has it stepped aside for Django's own?"""

from collections.abc import Sequence
from typing import Any

import django
from django.apps import AppConfig
from django.core.checks import CheckMessage

from asgi_serving.checks.finding import Finding
from asgi_serving.handler.handler import PROVEN_ON
from asgi_serving.settings import serving_settings

NOT_PROVEN = Finding(
    "asgi_serving.W002",
    "asgi_serving.handler.handler was not proven on Django {version}, so Django's own, slower handler serves.",
    "Use Django {proven}, or set LANES=0 to say that this is meant.",
    "pip install --upgrade --pre django",
    "Django's own tests run against the handler for each version that it names.",
)


def serves_on_lanes() -> bool:
    """Tell whether requests are served on lanes, by the handler of this library."""
    return bool(serving_settings().lanes) and django.VERSION[:2] in PROVEN_ON


def check_proven_on(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Compare the installed Django with those that the handler was proven on."""
    if not serving_settings().lanes or serves_on_lanes():
        return []
    proven = ", ".join(f"{major}.{minor}" for major, minor in PROVEN_ON)
    return [NOT_PROVEN.message(version=django.get_version(), proven=proven)]
