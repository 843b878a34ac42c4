"""What each middleware costs, without a server: prints microseconds of CPU a request as JSON."""

import asyncio
import json
import os
import sys
import time
from typing import Any

import django
from asgi_serving.handler.handler import Handler
from asgi_serving.handler.lanes import Lanes
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.base import BaseHandler
from django.test import RequestFactory

HEADERS = {
    "host": "testserver",
    "x-forwarded-proto": "https",
    "accept": "text/html,application/xhtml+xml",
    "accept-language": "en-GB,en;q=0.8",
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
}
SCOPE: dict[str, Any] = {
    "type": "http",
    "http_version": "1.1",
    "asgi": {"version": "3.0"},
    "method": "GET",
    "scheme": "http",
    "path": "/async/",
    "raw_path": b"/async/",
    "query_string": b"",
    "root_path": "",
    "headers": [(name.encode(), value.encode()) for name, value in HEADERS.items()],
    "client": ("127.0.0.1", 1234),
    "server": ("testserver", 80),
}


async def ask(application: Any) -> int:
    """Send a request, and return the status."""
    received = False
    status = 0

    async def receive() -> dict[str, Any]:
        nonlocal received
        if not received:
            received = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: dict[str, Any]) -> None:
        nonlocal status
        status = message.get("status", status)

    await application(dict(SCOPE), receive, send)
    return status


async def microseconds(application: Any, requests: int) -> float:
    """Return how long the CPU works on a request, whatever else it does meanwhile."""
    began = time.process_time()
    for _ in range(requests):
        if await ask(application) != 200:
            raise SystemExit("The page was not answered with 200.")
    return 1e6 * (time.process_time() - began) / requests


def synchronous_microseconds(handler: BaseHandler, requests: int) -> float:
    """Return how long it works where no event loop and no thread is."""
    factory = RequestFactory(headers=HEADERS)
    began = time.process_time()
    for _ in range(requests):
        if handler.get_response(factory.get("/sync/")).status_code != 200:
            raise SystemExit("The page was not answered with 200.")
    return 1e6 * (time.process_time() - began) / requests


def synchronous_handlers() -> dict[str, BaseHandler]:
    """Return Django's own handling of a request, without and with its own middleware."""
    listed = settings.MIDDLEWARE
    handlers = {}
    for name, some in (("no middleware", []), ("all middleware", listed)):
        settings.MIDDLEWARE = some
        handler = handlers[f"Django without ASGI, {name}"] = BaseHandler()
        handler.load_middleware()
    settings.MIDDLEWARE = listed
    return handlers


async def compare(rounds: int, requests: int) -> dict[str, float]:
    """Measure the project's handler with more and more middleware, and Django's with all."""
    listed = settings.MIDDLEWARE
    applications: dict[str, Any] = {}
    for number in range(len(listed) + 1):
        settings.MIDDLEWARE = listed[:number]
        name = listed[number - 1].rpartition(".")[2] if number else "no middleware"
        applications[name] = Handler(Lanes(1, 0, 1))
    applications["Django's own handler, all middleware"] = ASGIHandler()
    times: dict[str, list[float]] = {name: [] for name in applications}
    for _ in range(rounds + 1):
        for name, application in applications.items():
            times[name].append(await microseconds(application, requests))
    return least(times)


def compare_synchronously(rounds: int, requests: int) -> dict[str, float]:
    """Measure what Django's own middleware does, without what it costs to call it under ASGI."""
    handlers = synchronous_handlers()
    times: dict[str, list[float]] = {name: [] for name in handlers}
    for _ in range(rounds + 1):
        for name, handler in handlers.items():
            times[name].append(synchronous_microseconds(handler, requests))
    return least(times)


def least(times: dict[str, list[float]]) -> dict[str, float]:
    """Return the best round: the others were disturbed, as the documentation of timeit says."""
    return {name: min(some[1:]) for name, some in times.items()}


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmark_site.project")
    django.setup()
    rounds, requests = map(int, sys.argv[1:])
    asynchronous = asyncio.run(compare(rounds, requests))
    print(json.dumps(asynchronous | compare_synchronously(rounds, requests)))
