"""The rewriters, one for each kind of file; the first that handles a file has it."""

from __future__ import annotations

from pathlib import PurePosixPath

from asgi_upgrade.model import Rewriter
from asgi_upgrade.rewriters.documentation import Documentation
from asgi_upgrade.rewriters.ini import Ini
from asgi_upgrade.rewriters.json import Json
from asgi_upgrade.rewriters.plain_text import PlainText
from asgi_upgrade.rewriters.python import Python
from asgi_upgrade.rewriters.shell import Shell
from asgi_upgrade.rewriters.toml import Toml
from asgi_upgrade.rewriters.yaml import Yaml

REWRITERS: tuple[Rewriter, ...] = (
    Python(),
    Toml(),
    Yaml(),
    Json(),
    Ini(),
    Documentation(),
    Shell(),
    PlainText(),
)


def rewriter_for(path: PurePosixPath, text: str) -> Rewriter:
    """Return who changes a file; the last one takes any."""
    return next(rewriter for rewriter in REWRITERS if rewriter.handles(path, text))
