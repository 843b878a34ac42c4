"""Is the proxy trusted, and nobody else?"""

from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage
from gunicorn.config import Config

from asgi_serving.checks.finding import Finding
from asgi_serving.server.gunicorn_config import config_if_valid

EVERYBODY = Finding(
    "asgi_serving.W030",
    "forwarded_allow_ips is '*' on {bind}: whoever reaches it can forge the client's address and "
    "HTTPS.",
    "Set FORWARDED_ALLOW_IPS to the addresses or networks of your proxies.",
    "FORWARDED_ALLOW_IPS=*",
    "The leftmost address of X-Forwarded-For, which any client writes, becomes REMOTE_ADDR.",
    when="--deploy",
)
NOBODY = Finding(
    "asgi_serving.W017",
    "{setting} is set, so a proxy is expected, and FORWARDED_ALLOW_IPS trusts this machine only: "
    "REMOTE_ADDR is the proxy's for every client, and Django believes that header from anybody.",
    "Set FORWARDED_ALLOW_IPS to the addresses or networks of your proxies, and take {setting} out: "
    "Uvicorn sets scheme and client from their headers.",
    'SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")',
    "Forged headers over a real socket: tests/serving/test_forgery.py.",
    when="--deploy",
)


def check_trust(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Compare who is trusted with who can reach the server."""
    if (cfg := config_if_valid()) is None:
        return []
    trusted, reachable = _trusted(cfg), _reachable(cfg)
    if "*" in trusted:
        return [EVERYBODY.message(bind=", ".join(reachable))] if reachable else []
    expected = [
        name
        for name in ("SECURE_PROXY_SSL_HEADER", "USE_X_FORWARDED_HOST")
        if getattr(settings, name, None)
    ]
    if expected and reachable and all(map(_is_this_machine, trusted)):
        return [NOBODY.message(setting=expected[0])]
    return []


def is_behind_proxy(cfg: Config) -> bool:
    """Tell whether others than clients connect: only this machine can, or a proxy is trusted."""
    return not _reachable(cfg) or not all(map(_is_this_machine, _trusted(cfg)))


def _trusted(cfg: Config) -> list[str]:
    value = cfg.forwarded_allow_ips
    parts = value.split(",") if isinstance(value, str) else value
    return [part.strip() for part in parts if part.strip()]


def _reachable(cfg: Config) -> list[str]:
    """Return the addresses that other machines reach."""
    binds = [cfg.bind] if isinstance(cfg.bind, str) else cfg.bind
    networks = [bind for bind in binds if not bind.startswith(("unix:", "fd://"))]
    return [bind for bind in networks if not _is_this_machine(bind.rpartition(":")[0] or bind)]


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
