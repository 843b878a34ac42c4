"""The limits of time agree with each other: whoever waits longer is further outside."""

import re

from asgi_serving.environment.reading import Environment
from asgi_serving.server.gunicorn_config import load_config
from config.variables import BASE_DIR, GROUPS


def seconds(name: str, file: str, after: str = "") -> int:
    """Return a time that a file gives, after some other text in it."""
    text = (BASE_DIR / file).read_text()
    # Compose may take it from a variable, with this default.
    value = r"(?:\$\{\w+:-)?(\d+)\}?(s|m)"
    found = re.search(rf"^\s*{name}:? {value}$", text[text.index(after) :], re.MULTILINE)
    assert found, f"{file} has no {name}"
    return int(found[1]) * {"s": 1, "m": 60}[found[2]]


PROXY = "deploy/Caddyfile"
COMPOSE = "compose.production.yaml"


def test_it_is_the_proxy_that_closes_idle_connections() -> None:
    assert seconds("keepalive", PROXY, "reverse_proxy") < load_config().keepalive


def test_request_fails_by_itself_before_the_proxy_gives_it_up() -> None:
    env = Environment(GROUPS)
    waits = env["LANES_WAIT"], env["DATABASE_POOL_TIMEOUT"], env["DATABASE_STATEMENT_TIMEOUT"]
    assert sum(waits) < seconds("response_header_timeout", PROXY)


def test_worker_stops_before_its_container_is_killed() -> None:
    assert load_config().graceful_timeout < seconds("stop_grace_period", COMPOSE, "  web:")


def test_proxy_waits_for_the_requests_of_a_web_that_stops() -> None:
    assert load_config().graceful_timeout <= seconds("grace_period", PROXY)
    assert seconds("grace_period", PROXY) < seconds("stop_grace_period", COMPOSE, "  caddy:")


def test_proxy_holds_requests_until_a_web_that_stops_is_replaced() -> None:
    assert load_config().graceful_timeout < seconds("lb_try_duration", PROXY)
