"""Is gunicorn.conf.py what its author meant?"""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage

from asgi_serving.checks.finding import Finding
from asgi_serving.server.gunicorn_config import (
    GunicornConfigError,
    config_if_valid,
    read_configuration,
)

NOT_LOADED = Finding(
    "asgi_serving.E003",
    "Gunicorn will not start: {reason}",
    "Mend gunicorn.conf.py, or the variable that it names.",
    "WEB_CONCURRENCY=many",
    "The boot ends with this line, and exit code 1: tests/serving/test_refusals.py.",
)
NOT_HERE = Finding(
    "asgi_serving.W034",
    "Gunicorn would not start on this machine: {reason}",
    "Nothing need be done if the machine that serves has it: users, groups, paths, addresses and "
    "variables belong to a machine.",
    'user = "www-data"',
    "The boot ends with this line, and exit code 1, where it is missing.",
)
UPPER_CASE = Finding(
    "asgi_serving.W027",
    "gunicorn.conf.py sets {name} and does not use it, and Gunicorn ignores it: its settings are "
    "lower case, so {lower} stays {value!r}.",
    "Rename it to {lower}.",
    'WORKER_CLASS = "uvicorn_worker.UvicornWorker"',
    "Gunicorn runs its sync worker then, and every request of an ASGI application is a 500.",
)
MISSPELT = Finding(
    "asgi_serving.W003",
    "gunicorn.conf.py sets {name}, which is no setting of Gunicorn's; it knows {near}.",
    "Rename it to {near}, or to something less like it if it is your own.",
    "max_request = 1000",
    "Gunicorn ignores names that it does not know, without a word.",
)
IGNORED = Finding(
    "asgi_serving.W004",
    "Gunicorn's setting {name} has no effect: Uvicorn's workers do not look at it.",
    "Take it out of gunicorn.conf.py. {instead}",
    "worker_connections = 100",
    "The worker hands to Uvicorn what `UvicornWorker.__init__` names, and these are not in it.",
)

WITHOUT_EFFECT = {
    "worker_connections": "LANES and LANES_QUEUE limit the requests of a worker.",
    "threads": "LANES is the number of threads.",
    "limit_request_line": "The proxy limits the length of a request's lines.",
    "limit_request_fields": "The proxy limits the headers.",
    "limit_request_field_size": "The proxy limits the headers.",
    "proxy_protocol": "Let the proxy send X-Forwarded-For.",
    "root_path": "Set FORCE_SCRIPT_NAME in Django's settings.",
    "access_log_format": "asgi_serving.application.access_log writes the access log.",
}
"""Gunicorn's settings that Uvicorn's workers do not read, and what does their job."""


def check_loads(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Read the configuration as Gunicorn would."""
    try:
        missing = read_configuration().missing
    except GunicornConfigError as error:
        kind = NOT_HERE if error.of_the_machine else NOT_LOADED
        return [kind.message(reason=error)]
    return [NOT_HERE.message(reason=reason) for reason in missing]


def check_names(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Look for names in the file that were meant to be settings."""
    return list(_misnamed())


def _misnamed() -> Iterator[CheckMessage]:
    try:
        found = read_configuration()
    except GunicornConfigError:
        return
    known = found.cfg.settings
    for name in sorted(found.unread & found.names.keys() - known.keys()):
        if name.startswith("_"):
            continue
        if (lower := name.lower()) in known:
            if lower not in (found.chosen or ()):
                yield UPPER_CASE.message(name=name, lower=lower, value=known[lower].get())
        elif near := get_close_matches(name, known, 1, 0.85):
            yield MISSPELT.message(name=name, near=near[0])


def check_ignored(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Look for settings that have no effect on this kind of worker."""
    if (cfg := config_if_valid()) is None:
        return []
    return [
        IGNORED.message(name=name, instead=instead)
        for name, instead in WITHOUT_EFFECT.items()
        if name in cfg.settings and cfg.settings[name].get() != cfg.settings[name].default
    ]
