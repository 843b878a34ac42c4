"""Are workers started and replaced in a way that holds in production?"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage
from gunicorn.config import Config

from asgi_serving.checks.finding import Finding
from asgi_serving.checks.project_settings import entries, options
from asgi_serving.checks.worker import is_ours, worker_class
from asgi_serving.server.gunicorn_config import config_if_valid

RELOADS = Finding(
    "asgi_serving.W031",
    "Gunicorn's reload is on: with Uvicorn's workers it never reloads, and it watches every file.",
    "Take it out; `manage.py runserver` reloads in development, and SIGHUP in production.",
    "reload = True",
    "A minute after a view was changed, Gunicorn with --reload still served the old one.",
    when="--deploy",
)
NOBODY_LISTENS = Finding(
    "asgi_serving.W033",
    "max_requests is {max_requests} with one worker: nobody accepts requests while it is replaced.",
    "Set WEB_CONCURRENCY to 2 or more, or worker_class to asgi_serving.worker.Worker, which is replaced "
    "by one that serves already.",
    "max_requests = 1000 with workers = 1",
    "With Uvicorn's own worker nobody listened for 4.6 seconds.",
    when="--deploy",
)
ALL_AT_ONCE = Finding(
    "asgi_serving.W008",
    "max_requests is {max_requests} without a jitter: the workers are replaced at about the same "
    "time.",
    "Set max_requests_jitter to {jitter}.",
    "max_requests = 1000",
    "Requests are spread evenly, so all workers reach the number together.",
    when="--deploy",
)
SHARED_SOCKET = Finding(
    "asgi_serving.W011",
    "Gunicorn opens a control socket: it logs an error where the home cannot be written, and two "
    "servers of one user take it from each other.",
    "Set control_socket_disable = True in gunicorn.conf.py.",
    "control_socket_disable = False",
    "Gunicorn 25.1 and later, started twice.",
    when="--deploy",
)
PRELOADED = Finding(
    "asgi_serving.W012",
    "preload_app is on, and database {alias!r} has a pool: what opens it at import shares its "
    "connections among the workers.",
    "Set preload_app = False in gunicorn.conf.py.",
    "preload_app = True",
    "With a pool opened at import, 17 of 30 requests failed.",
    when="--deploy",
)


def check_processes(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Look at what Gunicorn will do with its workers."""
    cfg = config_if_valid()
    return [] if cfg is None else list(_findings(cfg))


def _findings(cfg: Config) -> Iterator[CheckMessage]:
    if cfg.reload:
        yield RELOADS.message()
    if cfg.max_requests and not is_ours(worker_class(cfg)):
        if cfg.workers < 2:  # noqa: PLR2004  # so that one remains
            yield NOBODY_LISTENS.message(max_requests=cfg.max_requests)
        elif not cfg.max_requests_jitter:
            yield ALL_AT_ONCE.message(
                max_requests=cfg.max_requests, jitter=max(1, cfg.max_requests // 10)
            )
    if "control_socket_disable" in cfg.settings and not cfg.control_socket_disable:
        yield SHARED_SOCKET.message()
    if cfg.preload_app:
        for alias, database in entries("DATABASES").items():
            if options(database).get("pool"):
                yield PRELOADED.message(alias=alias)
