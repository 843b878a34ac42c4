"""What would serve this project here: versions, limits, routes and what the checks say."""

import os
import platform
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, run_checks
from django.urls import URLResolver
from gunicorn.config import Config

from asgi_serving.application.static import serves_static_files
from asgi_serving.application.websocket import websocket_routes
from asgi_serving.checks.application import asgi_application
from asgi_serving.checks.connections import pool_size, postgresql_aliases, server_limit
from asgi_serving.checks.middleware import middleware
from asgi_serving.checks.project_settings import entries, options
from asgi_serving.checks.versions import installed_versions
from asgi_serving.routing import Routes
from asgi_serving.server.gunicorn_config import read_configuration
from asgi_serving.settings import serving_settings

type Section = dict[str, Any]


def overview() -> dict[str, Any]:
    """Return sections of names and values, all of them fit for JSON.

    Raises GunicornConfigError: Gunicorn would not start.
    """
    configuration = read_configuration()
    cfg = configuration.cfg
    return {
        "versions": {"python": platform.python_version(), **installed_versions()},
        "server": _server(cfg, "worker_class" in configuration.names),
        "time limits in seconds": dict(_time_limits(cfg)),
        "connections": dict(_connections(cfg.workers)),
        "middleware": {each.path: _hops(each.hops) for each in middleware()},
        "routes": dict(_routes(cfg)),
        "findings": [_finding(each) for each in _findings()],
    }


def _server(cfg: Config, in_file: bool) -> Section:
    return {
        "worker class": cfg.settings["worker_class"].get(),
        "worker class from": _origin(in_file),
        "workers": cfg.workers,
        "lanes of each worker": serving_settings().lanes or "none: Django's handler",
        "listens at": ", ".join([cfg.bind] if isinstance(cfg.bind, str) else cfg.bind),
        "trusted proxies": cfg.forwarded_allow_ips
        if isinstance(cfg.forwarded_allow_ips, str)
        else ", ".join(cfg.forwarded_allow_ips),
        "max_requests": cfg.max_requests,
    }


def _origin(in_file: bool) -> str:
    arguments = os.environ.get("GUNICORN_CMD_ARGS", "")
    if any(word.startswith(("-k", "--worker-class")) for word in arguments.split()):
        return "GUNICORN_CMD_ARGS"
    if os.environ.get("GUNICORN_WORKER_CLASS"):
        return "GUNICORN_WORKER_CLASS"
    return "gunicorn.conf.py" if in_file else "Gunicorn's default"


def _time_limits(cfg: Config) -> Iterator[tuple[str, Any]]:
    """Yield the limits, each one where a request or a stop meets it."""
    if serving_settings().lanes:
        yield "a request waits for a lane (LANES_WAIT)", serving_settings().lanes_wait
    for alias, database in entries("DATABASES").items():
        given = options(database)
        if isinstance(pool := given.get("pool"), dict):
            yield f"then for a connection to {alias} (DATABASE_POOL_TIMEOUT)", pool.get("timeout")
        if "statement_timeout=" in (flags := str(given.get("options", ""))):
            statement = flags.partition("statement_timeout=")[2].split()[0]
            yield f"then for each statement of {alias}", statement.removesuffix("s")
        elif alias in postgresql_aliases() and (
            limit := serving_settings().database_statement_timeout
        ):
            yield f"then for each statement of {alias} (DATABASE_STATEMENT_TIMEOUT)", limit
    for alias, cache in entries("CACHES").items():
        if answer := options(cache).get("socket_timeout"):
            yield f"and for each answer of the cache {alias}", answer
    yield "an idle connection stays open (GUNICORN_KEEPALIVE)", cfg.keepalive
    yield "an event loop may be stuck (GUNICORN_TIMEOUT)", cfg.timeout
    yield "requests are cancelled after the stop began", max(cfg.graceful_timeout - 2, 1)
    yield "and the worker is killed (GUNICORN_GRACEFUL_TIMEOUT)", cfg.graceful_timeout
    yield "and the container (STOP_GRACE_PERIOD)", serving_settings().stop_grace_period or "unknown"


def _connections(workers: int) -> Iterator[tuple[str, str]]:
    for alias in entries("DATABASES"):
        if (pool := pool_size(alias)) is None:
            yield alias, "no pool"
            continue
        limit = server_limit(alias)
        grants = "the server's limit is unknown" if limit is None else f"the server gives {limit}"
        yield alias, f"{workers} workers x {pool} = {workers * pool}; {grants}"


def _hops(number: int) -> str:
    return ("no thread", "goes to a thread once", "goes to a thread twice")[number]


def _routes(cfg: Config) -> Iterator[tuple[str, str]]:
    yield "/livez, /readyz", "asgi_serving.application.probes"
    if serves_static_files():
        yield urlsplit(settings.STATIC_URL).path, f"files in {settings.STATIC_ROOT}"
    try:
        yield from _websockets(websocket_routes(), "/")
    except Exception as error:  # noqa: BLE001  # a finding says more
        yield "WebSockets", f"cannot be loaded: {' '.join(str(error).split())}"
    yield (
        "all other paths",
        f"{settings.ROOT_URLCONF} by {cfg.wsgi_app or asgi_application() or 'what the command line names'}",
    )


def _websockets(routes: Routes, above: str) -> Iterator[tuple[str, str]]:
    for route in routes:
        path = f"{above}{route.pattern}"
        if isinstance(route, URLResolver):
            yield from _websockets(route.url_patterns, path)
        else:
            application = route.callback
            name = getattr(application, "__qualname__", type(application).__qualname__)
            yield f"{path} (WebSocket)", f"{application.__module__}.{name}"


def _findings() -> list[CheckMessage]:
    found = run_checks(tags=["asgi_serving"], include_deployment_checks=not settings.DEBUG)
    return [message for message in found if not message.is_silenced()]


def _finding(message: CheckMessage) -> Section:
    return {"id": message.id, "message": message.msg, "hint": message.hint}
