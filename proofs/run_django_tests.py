"""Run Django's tests, with a project's handler and middleware in place of Django's if wanted.

    python run_django_tests.py RESULTS FOLDER HANDLER [LABEL or option ...]

It runs in the environment of a project, with the project on its path. FOLDER is the one of Django's
`runtests.py`. HANDLER is `stock`, `project`, the project's with the watch for a client that left
beginning at once, or `clients`: the library's test clients in place of Django's. What failed is written to the file RESULTS as JSON.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import runpy
import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import django.core.asgi
from django.test.runner import DiscoverRunner

set_up = django.setup

LANES = (10, 1000, 10)
"""Lanes, queue and seconds of waiting: more than any test of Django's needs."""


def main(results: Path, folder: Path, handler: str, *arguments: str) -> None:
    """Run the tests. Raises SystemExit with the code of `runtests.py`."""
    if handler == "clients":
        django.setup = partial(set_up_with, use_clients)
    elif handler != "stock":
        django.setup = partial(set_up_with, use_project)
    if handler.endswith("at once"):
        vars(import_module("asgi_serving.handler.disconnect_watch"))["WATCH_AFTER"] = 0
    DiscoverRunner.suite_result = recording(results, DiscoverRunner.suite_result)
    multiprocessing.set_start_method("fork")  # what was put in place must be there in each process
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    sys.argv = ["runtests.py", *arguments]
    runpy.run_path("runtests.py", run_name="__main__")


def set_up_with(use: Callable[[], None]) -> None:
    """Set Django up as ever, and the first time also what is used in place of Django's own."""
    django.setup = set_up
    set_up()
    use()


def use_clients() -> None:
    """Put the library's test clients in place of Django's."""
    clients = import_module("asgi_serving.testing.clients")
    for module in map(
        import_module, ("django.test", "django.test.client", "django.test.testcases")
    ):
        vars(module).update(Client=clients.Client, AsyncClient=clients.AsyncClient)
    clients.use_in_test_cases()


def use_project() -> None:
    """Put the handler and the middleware of the project in place of Django's."""
    handler = import_module("asgi_serving.handler.handler")
    lanes = import_module("asgi_serving.handler.lanes").Lanes(*LANES)
    for path, native in import_module("asgi_serving.handler.middleware_loading").NATIVE.items():
        module, _, name = path.rpartition(".")
        setattr(import_module(module), name, getattr(import_module(native), name))
    django.core.asgi.ASGIHandler = lambda: handler.Handler(lanes)


def recording(results: Path, suite_result: Callable[..., int]) -> Callable[..., int]:
    """Return the method, changed to write down what failed."""

    def record(runner: DiscoverRunner, suite: Any, result: Any, **named: Any) -> int:
        failed = [test for test, _ in (*result.failures, *result.errors)]
        names = sorted({test.id() for test in (*failed, *result.unexpectedSuccesses)})
        results.write_text(json.dumps({"tests": result.testsRun, "failed": names}), "utf-8")
        return suite_result(runner, suite, result, **named)

    return record


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute(), Path(sys.argv[2]), *sys.argv[3:])
