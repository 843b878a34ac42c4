"""Extras of a project: packages that it needs when a variable is set, and not before."""

from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from typing import Any, Final

from asgi_serving.environment.variable import Variable

PACKAGES: Final = {
    "anymail": ("django-anymail", ["anymail"]),
    "azure": ("django-storages[azure]", ["storages", "azure.identity", "azure.storage.blob"]),
    "google": ("django-storages[google]", ["storages", "google.cloud.storage"]),
    "opentelemetry": (
        "opentelemetry-exporter-otlp-proto-http",
        ["opentelemetry.exporter.otlp.proto.http", "opentelemetry.instrumentation"],
    ),
    "s3": ("django-storages[s3]", ["storages", "boto3"]),
    "sentry": ("sentry-sdk", ["sentry_sdk"]),
    "ses": ("django-anymail[amazon-ses]", ["anymail", "boto3"]),
}
"""For each extra its package, and the modules by which its presence is told."""


def what_to_install(variables: Iterable[Variable], values: Mapping[str, Any]) -> str:
    """Return one line: which variables need a package that is missing, and what to type; or "".

    values: of the variables, by their names.
    """
    needed, problems = set(), []
    for variable in variables:
        if extra := _extra_for(variable, values[variable.name]):
            needed.add(extra)
            package, modules = PACKAGES[extra]
            if not all(map(is_installed, modules)):
                problems.append(f"{variable.name} is set and {package} is not installed")
    if not problems:
        return ""
    # All that are needed: `uv sync` takes away what it is not told.
    extras = sorted(needed)
    typed = " ".join(f"--extra {extra}" for extra in extras)
    return f"{'; '.join(problems)}: uv sync {typed}, or an image with EXTRAS={','.join(extras)}"


def _extra_for(variable: Variable, value: Any) -> str:
    if not value:
        return ""
    return next((extra for start, extra in variable.extras.items() if value.startswith(start)), "")


def is_installed(module: str) -> bool:
    """Tell whether a module could be imported; it is not."""
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # a package above it is missing
        return False
