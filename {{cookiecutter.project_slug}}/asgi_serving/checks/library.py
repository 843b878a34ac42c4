"""Is this library what was released, and is that release still a good one?"""

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage

import asgi_serving
from asgi_serving.checks.finding import Finding
from asgi_serving.manifest import changed_files

CHANGED = Finding(
    "asgi_serving.I004",
    "Files of asgi_serving {version} were changed here: {files}.",
    "Nothing need be done. An update merges them and says so; what others need as well is best "
    "changed in the library itself.",
    "an edit in asgi_serving/worker.py",
    "manifest.json has the hash of each file as it was released.",
)
FAULTY = Finding(
    "asgi_serving.W024",
    "asgi_serving {version} has a known fault: {fault}.",
    "Replace the folder by a newer version, or install one, and restart Gunicorn.",
    "a version in the table of asgi-upgrade",
    "The table comes with asgi-upgrade, where that is installed; nothing is asked of the network.",
)


def check_changes(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Compare the library's files with those that were released."""
    if not (files := changed_files()):
        return []
    shown = ", ".join(files[:5]) + (f" and {len(files) - 5} more" if len(files) > 5 else "")  # noqa: PLR2004  # what fits a line
    return [CHANGED.message(version=asgi_serving.__version__, files=shown)]


def check_faults(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Look the library's version up in the table of asgi-upgrade, if that is installed."""
    version = asgi_serving.__version__
    return [FAULTY.message(version=version, fault=fault) for fault in known_faults(version)]


def known_faults(version: str) -> Sequence[str]:
    """Return what is known to be wrong with a version of this library."""
    if find_spec("asgi_upgrade") is None:
        return ()
    table = import_module("asgi_upgrade.library_faults")
    faults: dict[str, Sequence[str]] = table.FAULTS
    return faults.get(version, ())
