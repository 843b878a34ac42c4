"""The cache, from its URL: Valkey or Redis, or memory of the worker."""

from typing import Any, Final

from environ import Env

TIMEOUT: Final = 2
"""How long a request waits for the cache before it fails, in seconds.

Without a limit, a cache that hangs takes all lanes with it.
"""


def cache_from(url: str, password: str = "") -> dict[str, Any]:
    """Return an entry of `CACHES` for a `CACHE_URL`.

    password: of the server; one in the URL has precedence.
    """
    cache: dict[str, Any] = Env.cache_url_config(url)
    if url.startswith("redis"):
        options = {
            "serializer": "asgi_serving.signed_cache.SignedSerializer",
            "socket_connect_timeout": TIMEOUT,
            "socket_timeout": TIMEOUT,
        }
        if password:
            options["password"] = password
        cache["OPTIONS"] = options | cache.get("OPTIONS", {})  # of the URL
    return cache
