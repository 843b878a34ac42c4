"""Are Gunicorn, Uvicorn and uvicorn-worker versions that boot together?"""

from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, requires, version
from typing import Any, NamedTuple

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

SERVER_PACKAGES = ("gunicorn", "uvicorn", "uvicorn-worker")


class KnownPair(NamedTuple):
    """Versions that install beside each other and do not work together."""

    versions: Mapping[str, str]
    consequence: str
    hint: str


KNOWN_PAIRS = (
    # uvicorn 0.36 removed Config.setup_event_loop; uvicorn-worker calls it up to 0.3.0.
    KnownPair(
        {"uvicorn": ">=0.36", "uvicorn-worker": "<0.4"},
        "every worker dies while booting",
        'pip install "uvicorn-worker>=0.4"',
    ),
    # https://github.com/benoitc/gunicorn/releases/tag/24.1.1
    KnownPair(
        {"gunicorn": "==24.1.0"},
        "every Uvicorn worker crashes in a loop",
        'pip install "gunicorn>=26.1"',
    ),
    KnownPair(
        {"uvicorn": "==0.31.0"},
        "forwarded_allow_ips is ignored, so the client's address and HTTPS are lost",
        'pip install "uvicorn>=0.41"',
    ),
    KnownPair(
        {"uvicorn": "<=0.40"},
        "a worker that is stopped while it starts skips its shutdown",
        'pip install "uvicorn>=0.41"',
    ),
)


def check_requirements(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Compare the installed versions with what the packages themselves require."""
    installed = installed_versions()
    return [
        Error(
            f"{package} {installed[package]} needs {requirement.name}{requirement.specifier}, "
            f"and {requirement.name} {installed[requirement.name]} is installed: "
            "the workers may not boot.",
            hint=f'pip install --upgrade "{requirement.name}{requirement.specifier}"',
            id="serving.E001",
        )
        for package in installed
        for requirement in map(Requirement, requires(package) or ())
        if requirement.name in installed
        and (requirement.marker is None or requirement.marker.evaluate({"extra": ""}))
        and not requirement.specifier.contains(installed[requirement.name], prereleases=True)
    ]


def check_known_pairs(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Look for versions that are known not to work together, whatever their metadata say."""
    installed = installed_versions()
    return [
        Error(
            " with ".join(f"{name} {installed[name]}" for name in pair.versions)
            + f": {pair.consequence}.",
            hint=pair.hint,
            id="serving.E002",
        )
        for pair in KNOWN_PAIRS
        if all(
            name in installed
            and SpecifierSet(specifier).contains(installed[name], prereleases=True)
            for name, specifier in pair.versions.items()
        )
    ]


def installed_versions() -> dict[str, str]:
    """Return the version of each server package that is installed."""
    found = {}
    for name in SERVER_PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
