"""The cache, when it hangs."""

import socket

import pytest
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import TimeoutError as CacheTimeoutError

from asgi_serving.environment.caches import cache_from


def test_cache_that_hangs_fails_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        entry = cache_from(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        cache = RedisCache(entry["LOCATION"], {"OPTIONS": entry["OPTIONS"]})
        with pytest.raises(CacheTimeoutError):
            cache.get("anything")


def test_options_of_the_url_are_kept() -> None:
    options = cache_from("redis://127.0.0.1:6379/0?socket_timeout=7&max_connections=3")["OPTIONS"]
    assert (options["socket_timeout"], options["socket_connect_timeout"]) == (7, 2)
    assert options["max_connections"] == 3
