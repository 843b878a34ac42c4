"""Is what one worker keeps, and what one worker sends, there for all?"""

import sys
from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.checks import CheckMessage
from django.tasks import Task

from asgi_serving.checks.finding import Finding
from asgi_serving.server.gunicorn_config import config_if_valid

LOCAL_MEMORY = "django.core.cache.backends.locmem.LocMemCache"
IMMEDIATE = "django.tasks.backends.immediate.ImmediateBackend"
UNSENT = frozenset(
    f"django.core.mail.backends.{name}.EmailBackend"
    for name in ("console", "dummy", "filebased", "locmem")
)

PRIVATE_CACHE = Finding(
    "asgi_serving.W018",
    "{what} in local memory, and there are {workers} workers: each has its own, so that {effect}.",
    "Set CACHE_URL to a Valkey or Redis server.",
    "CACHE_URL=locmemcache:// WEB_CONCURRENCY=2",
    "Two workers, and a counter in the cache: two different numbers.",
    when="--deploy",
)
IMMEDIATE_TASKS = Finding(
    "asgi_serving.W019",
    "The task {task} runs in the immediate backend: the request that enqueues it waits for it, and "
    "it is lost with its worker.",
    "Set TASKS to a backend with a queue, such as django-tasks-db.",
    "TASKS left as it is, and a function with @task",
    "https://docs.djangoproject.com/en/6.1/topics/tasks/: for development and testing.",
    when="--deploy",
)
UNSENT_MAIL = Finding(
    "asgi_serving.W020",
    "Mail of {alias!r} goes to {backend}: nobody gets it.",
    "Set EMAIL_URL to an SMTP server.",
    "EMAIL_URL=consolemail://",
    "A password reset prints its message into the log.",
    when="--deploy",
)


def check_caches(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Look for caches and sessions that each worker has for itself."""
    cfg = config_if_valid()
    if cfg is None or cfg.workers < 2:  # noqa: PLR2004  # one worker shares with nobody
        return []
    private = [alias for alias, each in settings.CACHES.items() if each["BACKEND"] == LOCAL_MEMORY]
    found = [
        PRIVATE_CACHE.message(
            what=f"The cache {alias!r} is", workers=cfg.workers, effect="they disagree"
        )
        for alias in private
    ]
    in_cache = settings.SESSION_ENGINE == "django.contrib.sessions.backends.cache"
    if in_cache and settings.SESSION_CACHE_ALIAS in private:
        effect = "users are logged out at random"
        found.append(PRIVATE_CACHE.message(what="Sessions are", workers=cfg.workers, effect=effect))
    return found


def check_tasks(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Look for tasks of the project's apps that no queue will hold."""
    return [
        IMMEDIATE_TASKS.message(task=task.module_path)
        for task in _tasks()
        if settings.TASKS.get(task.backend, {}).get("BACKEND") == IMMEDIATE
    ]


def _tasks() -> Iterator["Task[..., Any]"]:
    """Yield the tasks of all apps' modules that are loaded, each once."""
    packages = tuple(f"{app.name}." for app in apps.get_app_configs())
    seen = set()
    for name, module in sorted(sys.modules.items()):
        if not name.startswith(packages):
            continue
        for value in vars(module).copy().values():
            if isinstance(value, Task) and value.module_path not in seen:
                seen.add(value.module_path)
                yield value


def check_mail(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Look for mail that is printed or thrown away."""
    return [
        UNSENT_MAIL.message(alias=alias, backend=mailer["BACKEND"].rpartition(".")[0])
        for alias, mailer in settings.MAILERS.items()
        if mailer["BACKEND"] in UNSENT
    ]
