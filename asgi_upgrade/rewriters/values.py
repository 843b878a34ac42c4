"""Values as configuration files hold them."""

from __future__ import annotations

from typing import Any

from asgi_upgrade.model import renamed


def renamed_values(value: Any) -> Any:
    """Return nested values in which the classes have their new names, also in keys."""
    if isinstance(value, str):
        return renamed(value)
    if isinstance(value, dict):
        return {renamed_values(key): renamed_values(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [renamed_values(each) for each in value]
    return value
