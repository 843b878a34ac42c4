"""The cache, when it hangs."""

import socket

import pytest
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import TimeoutError as CacheTimeoutError

from config.caches import default_cache
from config.environment import Environment


def test_cache_that_hangs_fails_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("CACHE_URL", f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        entry = default_cache(Environment())
        cache = RedisCache(entry["LOCATION"], {"OPTIONS": entry["OPTIONS"]})
        with pytest.raises(CacheTimeoutError):
            cache.get("anything")
