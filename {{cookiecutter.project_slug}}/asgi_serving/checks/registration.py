"""When the checks look, and what comes of one that fails itself.

They look where somebody asks what would serve: in `manage.py check`, `runserver` and `serving`, and in
a worker that starts. No other command is slowed down or stopped by them: `migrate` needs no worker.
"""

import sys
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Final

from django.core import checks
from django.core.checks import CheckMessage

from asgi_serving.checks.finding import Finding

type Check = Callable[..., Sequence[CheckMessage]]

COMMANDS: Final = frozenset({"check", "runserver", "serving"})
WITHOUT_GUNICORN: Final = frozenset({"runserver"})
"""Commands that are served by something else: nothing there reads `gunicorn.conf.py`."""

FAILED = Finding(
    "asgi_serving.I005",
    "{check} could not look: {reason}.",
    "Nothing need be done: the other checks have looked. Please report it, with the setting that is "
    "unusual here.",
    "a setting of a kind that the check does not expect",
    "A check that raises would stop commands that work.",
)


def register(check: Check, tag: str = "asgi_serving", *, deploy: bool = False) -> None:
    """Register a check that looks at settings and at what is installed."""
    checks.register(_asked(check, COMMANDS), tag, deploy=deploy)


def register_for_gunicorn(check: Check, tag: str = "asgi_serving", *, deploy: bool = False) -> None:
    """Register a check that reads `gunicorn.conf.py`, or imports what Gunicorn would serve."""
    checks.register(_asked(check, COMMANDS - WITHOUT_GUNICORN), tag, deploy=deploy)


def _asked(check: Check, commands: frozenset[str]) -> Check:
    @wraps(check)
    def asked(*args: Any, **kwargs: Any) -> Sequence[CheckMessage]:
        if not (commands.intersection(sys.argv[1:2]) or _is_worker()):
            return []
        try:
            return check(*args, **kwargs)
        except (Exception, SystemExit) as error:  # noqa: BLE001  # settings may be anything
            reason = f"{type(error).__name__}: {' '.join(str(error).split())}"
            return [FAILED.message(check=f"{check.__module__}.{check.__name__}", reason=reason)]

    return asked


def _is_worker() -> bool:
    if "gunicorn" not in sys.modules:
        return False
    from asgi_serving.server.gunicorn_config import served_by  # noqa: PLC0415  # Gunicorn is there

    return served_by.get() is not None
