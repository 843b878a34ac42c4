"""Does whoever waits longer stand further outside?"""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage

from asgi_serving.checks.finding import Finding
from asgi_serving.checks.proxy import is_behind_proxy
from asgi_serving.server.gunicorn_config import config_if_valid
from asgi_serving.settings import serving_settings

SHORT_KEEPALIVE = 5
"""Seconds; proxies keep their connections for 60 and more."""

KILLED = Finding(
    "asgi_serving.W009",
    "graceful_timeout is {graceful} s, and STOP_GRACE_PERIOD gives {granted} s: a worker that "
    "finishes its requests is killed with its container.",
    "Set STOP_GRACE_PERIOD to {more} or more, or graceful_timeout (GUNICORN_GRACEFUL_TIMEOUT) below it. Docker gives "
    "10 seconds unless told otherwise.",
    "STOP_GRACE_PERIOD=10",
    "SIGKILL follows, and clients whose requests were under way see a reset.",
    when="--deploy",
)
CLOSED_UNDER_THE_PROXY = Finding(
    "asgi_serving.W010",
    "keepalive is {keepalive} s behind a proxy: it sends a request into a connection that is just "
    "closing, and answers 502.",
    "Set keepalive (GUNICORN_KEEPALIVE) above the proxy's own idle time, 75 for most.",
    "GUNICORN_KEEPALIVE=2",
    "Gunicorn's default is 2 seconds, and Caddy's and nginx's are longer.",
    when="--deploy",
)


def check_time_limits(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Compare Gunicorn's limits with those around it."""
    if (cfg := config_if_valid()) is None:
        return []
    found = []
    granted = serving_settings().stop_grace_period
    if 0 < granted <= cfg.graceful_timeout:
        found.append(
            KILLED.message(
                graceful=cfg.graceful_timeout, granted=granted, more=cfg.graceful_timeout + 10
            )
        )
    if cfg.keepalive <= SHORT_KEEPALIVE and is_behind_proxy(cfg):
        found.append(CLOSED_UNDER_THE_PROXY.message(keepalive=cfg.keepalive))
    return found
