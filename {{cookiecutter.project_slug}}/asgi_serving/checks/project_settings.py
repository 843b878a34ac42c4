"""Django's settings as the checks read them: what is of another kind than Django's is left out."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings


def entries(name: str) -> dict[str, Mapping[str, Any]]:
    """Return a setting such as `DATABASES`: an entry with its own settings for each alias."""
    given = mapping(getattr(settings, name, None))
    return {str(alias): each for alias, each in given.items() if isinstance(each, Mapping)}


def options(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the `OPTIONS` of such an entry."""
    return mapping(entry.get("OPTIONS"))


def middleware_paths() -> list[str]:
    """Return the dotted names in `MIDDLEWARE`."""
    given: Any = getattr(settings, "MIDDLEWARE", None)
    return [each for each in given if isinstance(each, str)] if is_list(given) else []


def mapping(value: object) -> Mapping[str, Any]:
    """Return a mapping as it is, and an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def is_list(value: object) -> bool:
    """Whether something is a list, as Django means it in settings."""
    return isinstance(value, list | tuple)
