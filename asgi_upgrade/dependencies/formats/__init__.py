"""The kinds of files that declare dependencies; the first that handles a file has it."""

from __future__ import annotations

from pathlib import PurePosixPath

from asgi_upgrade.dependencies.declaration import Format
from asgi_upgrade.dependencies.formats.conda import Conda
from asgi_upgrade.dependencies.formats.pip_install import PipInstall
from asgi_upgrade.dependencies.formats.pyproject import Pyproject
from asgi_upgrade.dependencies.formats.requirements import Requirements
from asgi_upgrade.dependencies.formats.setup_cfg import SetupCfg
from asgi_upgrade.dependencies.formats.setup_py import SetupPy

FORMATS: tuple[Format, ...] = (
    Pyproject(),
    Requirements(),
    SetupPy(),
    SetupCfg(),
    Conda(),
    PipInstall(),
)


def format_of(path: PurePosixPath) -> Format | None:
    """Return the kind of a file, or None when it declares nothing."""
    return next((each for each in FORMATS if each.handles(path)), None)
