"""Are Python, Django and the server packages versions that work together?"""

import platform
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, metadata, requires, version
from typing import Any, NamedTuple

from django.apps import AppConfig
from django.core.checks import CheckMessage
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from asgi_serving.checks.finding import Finding
from asgi_serving.checks.worker import chosen_worker, may_be_uvicorns
from asgi_serving.server.gunicorn_config import config_if_valid
from asgi_serving.server.uvicorn_names import missing_names

PACKAGES = ("asgiref", "django", "gunicorn", "uvicorn", "uvicorn-worker")

CONTRADICTION = Finding(
    "asgi_serving.W025",
    "{package} {version} needs {needed}, and {name} {installed} is installed: the workers "
    "may not boot.",
    "Install what fits: {fix}",
    'pip install "uvicorn==0.22.0" --no-deps',
    "The packages' own metadata. Installers warn of it once, and image caches hide the warning.",
)
KNOWN_FAULT = Finding(
    "asgi_serving.E002",
    "{versions}: {consequence}.",
    "Install what works: {fix}",
    'pip install "uvicorn==0.36.0" "uvicorn-worker==0.3.0"',
    "Each pair was installed and started; its source is named in asgi_serving/checks/versions.py.",
)
KNOWN_WEAKNESS = Finding(
    "asgi_serving.W026",
    "{versions}: {consequence}.",
    "Install what works: {fix}",
    'pip install "uvicorn==0.31.0"',
    "Each was installed and started; its source is named in asgi_serving/checks/versions.py.",
)

SHARED_CONTEXT = Finding(
    "asgi_serving.W022",
    "uvicorn {version} may hand the context variables of one request, such as its language, to the "
    "next request of the same connection.",
    'Install one that gives each request its own: pip install "uvicorn>=0.45"',
    'pip install "uvicorn==0.44.0"',
    "After an upload of 300 kB on asyncio, and with pipelined requests on uvloop, the next visitor "
    "behind a proxy saw the language, the time zone and the tenant of the one before.",
)

UNKNOWN_UVICORN = Finding(
    "asgi_serving.W038",
    "uvicorn {version} is not proven: it has no {names}. Workers stop by its own shutdown, which "
    "loses requests, one of them may have all connections, and nobody cuts off clients that do not "
    "read.",
    "Install one that was tried, or an asgi-serving that knows this one.",
    "pip install --pre uvicorn",
    "A name that is gone ended the drain, and requests in it were answered 500.",
)


class KnownFault(NamedTuple):
    """Versions that install without a complaint, and what goes wrong then.

    fatal: whether no worker of Uvicorn's serves anything.
    """

    versions: Mapping[str, str]
    consequence: str
    fix: str
    source: str
    fatal: bool = False


KNOWN_FAULTS = (
    KnownFault(
        {"asgiref": "<3.13"},
        "every page is answered 500",
        'pip install "asgiref>=3.13"',
        "https://github.com/django/asgiref/blob/main/CHANGELOG.txt (3.13.0: executors of a context)",
        fatal=True,
    ),
    KnownFault(
        {"uvicorn": ">=0.36", "uvicorn-worker": "<0.4"},
        "every worker dies while booting",
        'pip install "uvicorn-worker>=0.4"',
        "https://www.uvicorn.org/release-notes/ (0.36.0 removes Config.setup_event_loop)",
        fatal=True,
    ),
    KnownFault(
        {"gunicorn": "==24.1.0"},
        "every Uvicorn worker crashes in a loop",
        'pip install "gunicorn>=26.1"',
        "https://github.com/benoitc/gunicorn/releases/tag/24.1.1",
        fatal=True,
    ),
    KnownFault(
        {"uvicorn": "==0.31.0"},
        "forwarded_allow_ips is ignored, so the client's address and HTTPS are lost",
        'pip install "uvicorn>=0.41"',
        "https://www.uvicorn.org/release-notes/ (0.31.1)",
    ),
    KnownFault(
        {"uvicorn": "<=0.40"},
        "a worker that is stopped while it starts skips its shutdown",
        'pip install "uvicorn>=0.41"',
        "https://www.uvicorn.org/release-notes/ (0.41.0)",
    ),
)


def check_requirements(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Compare the installed versions with what the packages themselves require."""
    return list(_contradictions())


def _contradictions() -> Iterator[CheckMessage]:
    installed = installed_versions()
    for package in installed:
        for requirement in map(Requirement, requires(package) or ()):
            found = installed.get(requirement.name)
            marker = requirement.marker
            if found is None or not (marker is None or marker.evaluate({"extra": ""})):
                continue
            if not requirement.specifier.contains(found, prereleases=True):
                needed = f"{requirement.name}{requirement.specifier}"
                yield CONTRADICTION.message(
                    package=package, version=installed[package],
                    needed=needed, name=requirement.name, installed=found,
                    fix=f'pip install --upgrade "{needed}"',
                )  # fmt: skip
        python = required_python(package)
        if not SpecifierSet(python).contains(platform.python_version(), prereleases=True):
            yield CONTRADICTION.message(
                package=package, version=installed[package],
                needed=f"Python {python}", name="Python", installed=platform.python_version(),
                fix=f"Run the project with Python {python}.",
            )  # fmt: skip


def check_known_faults(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Look for versions that are known not to work together, whatever their metadata say."""
    installed = installed_versions()
    cfg = config_if_valid()
    worker = cfg and chosen_worker(cfg)
    is_used = worker is not None and may_be_uvicorns(worker)
    return [
        (KNOWN_FAULT if fault.fatal and is_used else KNOWN_WEAKNESS).message(
            versions=" with ".join(f"{name} {installed[name]}" for name in fault.versions),
            consequence=fault.consequence,
            fix=fault.fix,
        )
        for fault in KNOWN_FAULTS
        if all(
            name in installed
            and SpecifierSet(specifier).contains(installed[name], prereleases=True)
            for name, specifier in fault.versions.items()
        )
    ]


def check_context(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Look for a Uvicorn that cannot give each request a context of its own."""
    installed = installed_versions().get("uvicorn", "")
    if not installed or SpecifierSet(">=0.45").contains(installed, prereleases=True):
        return []
    return [SHARED_CONTEXT.message(version=installed)]


def check_names(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Look whether Uvicorn is built as our worker expects."""
    if not (names := missing_names()):
        return []
    found = installed_versions().get("uvicorn", "")
    return [UNKNOWN_UVICORN.message(version=found, names=", ".join(names))]


def installed_versions() -> dict[str, str]:
    """Return the version of each of the packages that is installed."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def required_python(package: str) -> str:
    """Return the versions of Python that an installed package says it needs, "" for any."""
    return metadata(package).get("Requires-Python", "") or ""
