"""Run the library's checks on the settings of a project of others, and print what they find.

    python look.py FOLDER [STUBS] MODULE

This runs in a project's environment. FOLDER holds the package, and MODULE is its settings module.
STUBS are top-level packages that are not installed, with commas between them: the settings import
them, and get an object that does nothing. What is made of it is left out and counted.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from importlib.util import find_spec
from types import ModuleType
from typing import Any, override
from unittest.mock import MagicMock, NonCallableMock

from django.utils.functional import empty


class Stubs(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds packages that are not installed."""

    def __init__(self, names: Sequence[str]) -> None:
        """Take the top-level names."""
        self.names = frozenset(names)

    @override
    def find_spec(
        self, fullname: str, path: object = None, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.partition(".")[0] not in self.names:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    @override
    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        module = MagicMock(name=spec.name)
        module.__path__ = []
        module.__file__ = ""
        return module

    @override
    def exec_module(self, module: ModuleType) -> None:
        """Leave it as it is."""


def settings_of(module: str, stubs: Sequence[str]) -> dict[str, Any]:
    """Import a settings module as Django would, and return its settings."""
    from django.conf import settings  # noqa: PLC0415  # what a settings module imports may read them

    finder = Stubs(stubs)
    sys.meta_path.append(finder)
    os.environ["DJANGO_SETTINGS_MODULE"] = module
    loaded = importlib.import_module(module)
    del os.environ["DJANGO_SETTINGS_MODULE"]
    settings._wrapped = empty  # noqa: SLF001  # no public way to forget them
    sys.meta_path.remove(finder)
    for name in [name for name in sys.modules if name.partition(".")[0] in finder.names]:
        del sys.modules[name]
    return {name: value for name, value in vars(loaded).items() if name.isupper()}


def without_stubs(value: Any, name: str, left_out: list[str]) -> Any:
    """Return a value without what was made of a stub, whose places are added to a list."""
    if isinstance(value, Mapping):
        kept = {k: v for k, v in value.items() if not _is_stub(k) and not _is_stub(v)}
        left_out += [f"{name}[{k!r}]" for k in value if k not in kept]
        return {k: without_stubs(v, f"{name}[{k!r}]", left_out) for k, v in kept.items()}
    if isinstance(value, list | tuple):
        left_out += [f"an item of {name}" for each in value if _is_stub(each)]
        return [without_stubs(each, name, left_out) for each in value if not _is_stub(each)]
    return value


def _is_stub(value: object) -> bool:
    return isinstance(value, NonCallableMock)


def configure(given: Mapping[str, Any]) -> None:
    """Set Django up with these settings, and the apps that are installed here."""
    from django.apps import apps  # noqa: PLC0415  # as late as the settings
    from django.conf import settings  # noqa: PLC0415

    own = [str(app) for app in given.get("INSTALLED_APPS", ())]
    installed = [app for app in own if app.startswith("django.contrib.") and "gis" not in app]
    installed = [app for app in dict.fromkeys(installed) if _is_there(app)]
    if "django.contrib.contenttypes" not in installed:
        installed.append("django.contrib.contenttypes")
    # A user model of their own is in an app that cannot be loaded without its packages.
    kept = {name: value for name, value in given.items() if name != "AUTH_USER_MODEL"}
    settings.configure(**kept | {"INSTALLED_APPS": [*installed, "asgi_serving"]})
    apps.populate(settings.INSTALLED_APPS)


def _is_there(app: str) -> bool:
    try:
        return find_spec(app) is not None
    except ImportError:
        return app.rpartition(".")[2].endswith("Config")


def findings() -> Iterator[dict[str, str]]:
    """Yield what the registered checks of the library find."""
    from django.core.checks.registry import registry  # noqa: PLC0415  # as late as the settings

    sys.argv[1:] = ["check"]
    for check in registry.get_checks(include_deployment_checks=True):
        # Whether files of the library were changed here is nothing of the project's.
        if (
            check.__module__.startswith("asgi_serving.")
            and "checks.library" not in check.__module__
        ):
            for found in check(app_configs=None, databases=[]):
                yield {"id": str(found.id), "message": found.msg}


def main() -> None:
    """Print one JSON object."""
    folder, stubs, module = sys.argv[1:]
    sys.path[:0] = folder.split(os.pathsep)
    left_out: list[str] = []
    with redirect_stdout(sys.stderr):
        given = settings_of(module, stubs.split(",") if stubs else [])
        kept = {
            name: without_stubs(value, name, left_out)
            for name, value in given.items()
            if not _is_stub(value)
        }
        left_out += given.keys() - kept.keys()
        configure(kept)
        found = sorted(findings(), key=lambda each: (each["id"], each["message"]))
    print(json.dumps({"settings": len(given), "left out": sorted(left_out), "findings": found}))
    sys.stdout.flush()
    os._exit(0)  # what the settings have started need not end


if __name__ == "__main__":
    main()
