"""Is `ASGI_SERVING` what its author meant?"""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage

from asgi_serving.checks.finding import Finding
from asgi_serving.settings import problems, unknown

UNUSABLE = Finding(
    "asgi_serving.E015",
    "{problem}.",
    "Mend that entry of the setting ASGI_SERVING, or leave it out for its default.",
    'ASGI_SERVING = {"LANES": "many"}',
    "The application is not loaded, and the worker ends with this line.",
)
UNKNOWN = Finding(
    "asgi_serving.W023",
    "ASGI_SERVING has {name!r}, which means nothing.",
    "{instead}",
    'ASGI_SERVING = {"LANE": 10}',
    "An entry that nobody reads leaves another one at its default, without a word.",
)


def check_entries(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Look at the types, the values and the names of the entries."""
    found: list[CheckMessage] = [UNUSABLE.message(problem=problem) for problem in problems()]
    for name, near in unknown():
        instead = f"Rename it to {near!r}, or take it out." if near else "Take it out."
        found.append(UNKNOWN.message(name=name, instead=instead))
    return found
