"""Will a task be run by another process than the one that enqueued it?"""

import sys
from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage
from django.tasks import Task

from asgi_serving.checks.finding import Finding
from asgi_serving.checks.project_settings import entries

IMMEDIATE = "django.tasks.backends.immediate.ImmediateBackend"

IMMEDIATE_TASKS = Finding(
    "asgi_serving.W019",
    "The task {task} runs in the immediate backend: the request that enqueues it waits for it, and "
    "it is lost with its worker.",
    "Set TASKS to a backend with a queue, such as django-tasks-db.",
    "TASKS left as it is, and a function with @task",
    "https://docs.djangoproject.com/en/6.1/topics/tasks/: for development and testing.",
    when="--deploy",
)


def check_tasks(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Look for tasks of the project's apps that no queue will hold."""
    backends = entries("TASKS")
    return [
        IMMEDIATE_TASKS.message(task=task.module_path)
        for task in _tasks()
        if backends.get(task.backend, {}).get("BACKEND") == IMMEDIATE
    ]


def _tasks() -> Iterator["Task[..., Any]"]:
    """Yield the tasks of all apps' modules that are loaded, each once."""
    packages = tuple(f"{app.name}." for app in apps.get_app_configs())
    seen = set()
    for name, module in sorted(sys.modules.items()):
        if not name.startswith(packages):
            continue
        for value in vars(module).copy().values():
            # Not by isinstance, which has Django's lazy objects load what they stand for.
            if issubclass(type(value), Task) and value.module_path not in seen:
                seen.add(value.module_path)
                yield value
