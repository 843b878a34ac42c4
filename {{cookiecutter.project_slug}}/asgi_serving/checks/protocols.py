"""Are the packages there that Uvicorn is fast with, and that speak WebSocket?"""

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage

from asgi_serving.application.websocket import websocket_routes
from asgi_serving.checks.finding import Finding

SLOW = Finding(
    "asgi_serving.I001",
    "{packages} missing, so Uvicorn parses requests and runs its event loop in Python.",
    'pip install "uvicorn[standard]"',
    "pip install uvicorn",
    "`uvicorn` alone requires neither; its extra `standard` does.",
)
NO_WEBSOCKETS = Finding(
    "asgi_serving.W006",
    "WEBSOCKET_ROUTES has {number} routes, and no package that speaks WebSocket is installed: "
    "every connection will be refused.",
    'pip install "uvicorn[standard]"',
    "pip install uvicorn",
    "Uvicorn logs `No supported WebSocket library detected` at the first attempt.",
)


def check_packages(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Look for uvloop and httptools where they exist, and for a WebSocket library if needed."""
    found = []
    missing = [package for package in ("uvloop", "httptools") if find_spec(package) is None]
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        found.append(SLOW.message(packages=f"{' and '.join(missing)} {verb}"))
    if not any(map(find_spec, ("websockets", "wsproto"))) and (number := _routes()):
        found.append(NO_WEBSOCKETS.message(number=number))
    return found


def _routes() -> int:
    try:
        return len(websocket_routes())
    except (Exception, SystemExit):  # noqa: BLE001  # another check says what is wrong with it
        return 0
