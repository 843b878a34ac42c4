"""Is what one worker keeps, and what one worker sends, there for all?"""

import sys
import warnings
from collections.abc import Sequence
from types import FunctionType
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage

from asgi_serving.checks.finding import Finding
from asgi_serving.checks.project_settings import entries
from asgi_serving.server.gunicorn_config import config_if_valid

LOCAL_MEMORY = "django.core.cache.backends.locmem.LocMemCache"
UNSENT = frozenset(
    f"django.core.mail.backends.{name}.EmailBackend"
    for name in ("console", "dummy", "filebased", "locmem")
)

PRIVATE_CACHE = Finding(
    "asgi_serving.W018",
    "{what} in local memory, and there are {workers} workers: each has its own, so that {effect}.",
    "Let CACHES name a Valkey or Redis server (CACHE_URL).",
    "CACHE_URL=locmemcache:// WEB_CONCURRENCY=2",
    "Two workers, and a counter in the cache: two different numbers.",
    when="--deploy",
)
PRIVATE_MESSAGES = Finding(
    "asgi_serving.W039",
    "Messages of asgi_serving.realtime reach the visitors of one worker, and there are {workers}: the "
    "default cache is {backend}, which carries none.",
    "Let CACHES['default'] name a Valkey or Redis server by Django's own backend (CACHE_URL).",
    "CACHE_URL=locmemcache:// WEB_CONCURRENCY=2, and a module that imports subscribed",
    "Two workers, and a message to visitors of both: some hear it.",
    when="--deploy",
)
UNSENT_MAIL = Finding(
    "asgi_serving.W020",
    "Mail of {alias!r} goes to {backend}: nobody gets it.",
    "Let MAILERS name an SMTP server (EMAIL_URL); before Django 6.1, EMAIL_BACKEND.",
    "EMAIL_URL=consolemail://",
    "A password reset prints its message into the log.",
    when="--deploy",
)


def check_caches(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Look for caches and sessions that each worker has for itself."""
    cfg = config_if_valid()
    if cfg is None or cfg.workers < 2:  # noqa: PLR2004  # one worker shares with nobody
        return []
    caches = entries("CACHES").items()
    private = [alias for alias, each in caches if each.get("BACKEND") == LOCAL_MEMORY]
    found = [
        PRIVATE_CACHE.message(
            what=f"The cache {alias!r} is", workers=cfg.workers, effect="they disagree"
        )
        for alias in private
    ]
    engine = getattr(settings, "SESSION_ENGINE", None)
    alias = getattr(settings, "SESSION_CACHE_ALIAS", None)
    if engine == "django.contrib.sessions.backends.cache" and alias in private:
        effect = "users are logged out at random"
        found.append(PRIVATE_CACHE.message(what="Sessions are", workers=cfg.workers, effect=effect))
    return found


def check_messages(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Look for messages that only the visitors of the same worker hear."""
    cfg = config_if_valid()
    if cfg is None or cfg.workers < 2 or not _messages_are_used():  # noqa: PLR2004
        return []
    backend = entries("CACHES").get("default", {}).get("BACKEND")
    if not isinstance(backend, str):  # of which Django tells
        return []
    from asgi_serving.realtime.broker import shared_cache  # noqa: PLC0415  # it is in use

    if shared_cache() is not None:
        return []
    name = backend.rpartition(".")[2]
    return [PRIVATE_MESSAGES.message(workers=cfg.workers, backend=name)]


def _messages_are_used() -> bool:
    """Whether a module of the project has imported what publishes or hears."""
    if (realtime := sys.modules.get("asgi_serving.realtime")) is None:
        return False
    functions = [realtime.apublish, realtime.publish, realtime.subscribed]
    return any(
        function in functions
        for name, module in sys.modules.copy().items()
        if not name.startswith("asgi_serving.")
        for function in getattr(module, "__dict__", {}).copy().values()
        if type(function) is FunctionType
    )


def check_mail(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Look for mail that is printed or thrown away."""
    return [
        UNSENT_MAIL.message(alias=alias, backend=backend.rpartition(".")[0])
        for alias, backend in _mail_backends().items()
        if backend in UNSENT
    ]


def _mail_backends() -> dict[str, str]:
    """Return the backends of `MAILERS`, which Django has since 6.1, or that of the setting before."""
    if hasattr(settings, "MAILERS"):
        return {alias: str(each.get("BACKEND")) for alias, each in entries("MAILERS").items()}
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # Django says that it is deprecated, and may be told to raise
        return {"default": str(getattr(settings, "EMAIL_BACKEND", None))}
