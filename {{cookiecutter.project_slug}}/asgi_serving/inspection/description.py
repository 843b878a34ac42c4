"""What serves this process, in words."""

import asyncio
import os
import platform
import sys
from importlib.metadata import version

import django
from django.db import connection


def describe() -> dict[str, str]:
    """Return each part of the running stack by its name, for a person to read.

    Must be called on the event loop that serves the requests.
    """
    return {
        "Server": _server(),
        "Worker": _worker(),
        "Event loop": type(asyncio.get_running_loop()).__module__.partition(".")[0],
        "HTTP parser": _http_parser(),
        "Database": connection.display_name,
        "Django": django.get_version(),
        "Python": platform.python_version(),
    }


def _server() -> str:
    uvicorn = f"Uvicorn {version('uvicorn')}" if "uvicorn.server" in sys.modules else ""
    if "gunicorn" in os.environ.get("SERVER_SOFTWARE", ""):
        return f"Gunicorn {version('gunicorn')}" + (f" with {uvicorn}" if uvicorn else "")
    return uvicorn or "unknown"


def _worker() -> str:
    if "asgi_serving.worker" in sys.modules:
        from asgi_serving.worker import Worker  # noqa: PLC0415  # only if it serves

        base = Worker.__base__.__module__.partition(".")[0]
        on = f" on uvicorn-worker {version('uvicorn-worker')}" if base == "uvicorn_worker" else ""
        return f"asgi_serving.worker.Worker{on}"
    if "gunicorn.workers.gasgi" in sys.modules:
        return "Gunicorn's own asgi worker"
    return "none"


def _http_parser() -> str:
    if "uvicorn.protocols.http.auto" not in sys.modules:
        return "the server's own"
    from uvicorn.protocols.http.auto import AutoHTTPProtocol  # noqa: PLC0415  # only if it serves

    return AutoHTTPProtocol.__module__.rpartition(".")[2].removesuffix("_impl")
