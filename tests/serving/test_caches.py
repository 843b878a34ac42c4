"""The cache: when it hangs, and what it holds."""

import pickle
import socket
from typing import Any

import pytest
from django.core.cache.backends.redis import RedisCache
from django.http import HttpResponse
from django.utils.module_loading import import_string
from pytest_django import Settings
from redis.exceptions import TimeoutError as CacheTimeoutError

from asgi_serving.environment.caches import cache_from
from asgi_serving.signed_cache import SignedSerializer


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


def test_password_is_that_of_the_url_or_else_the_other() -> None:
    for url, password in (("redis://cache/0", "other"), ("redis://:own@cache/0", "own")):
        entry = cache_from(url, "other")
        cache: Any = RedisCache(entry["LOCATION"], {"OPTIONS": entry["OPTIONS"]})
        pool = cache._cache.get_client().connection_pool  # noqa: SLF001  # there is no other way
        assert pool.connection_kwargs["password"] == password


class Bomb:
    """Runs code where it is loaded."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return pytest.fail, ("a pickle of a stranger was loaded",)


def test_cache_entry_names_the_signing_serializer() -> None:
    name = cache_from("redis://cache/0")["OPTIONS"]["serializer"]
    assert import_string(name) is SignedSerializer


@pytest.mark.parametrize("value", [0, -7, True, None, "text", b"bytes", (1, {2}), {"a": [1.5]}])
def test_values_come_back_as_they_were(value: object) -> None:
    loaded = SignedSerializer().loads(as_stored(SignedSerializer().dumps(value)))
    assert (loaded, type(loaded)) == (value, type(value))


def test_response_of_a_cached_page_comes_back() -> None:
    stored = as_stored(SignedSerializer().dumps(HttpResponse("page", status=201)))
    page = SignedSerializer().loads(stored)
    assert (page.content, page.status_code) == (b"page", 201)


def test_pickle_of_a_stranger_is_never_loaded(settings: Settings) -> None:
    serializer = SignedSerializer()
    bomb = pickle.dumps(Bomb())
    with pytest.raises(pytest.fail.Exception):
        pickle.loads(bomb)  # noqa: S301  # our own
    signed = as_stored(serializer.dumps(["own"]))
    for forged in (bomb, signed[:32] + bomb, b"", b"x" * 32 + bomb, signed[:-1]):
        assert serializer.loads(forged) is None
    former, settings.SECRET_KEY = settings.SECRET_KEY, "another"
    assert serializer.loads(signed) is None
    settings.SECRET_KEY_FALLBACKS = [former]
    assert serializer.loads(signed) == ["own"]


def as_stored(data: int | bytes) -> bytes:
    """Return what Valkey answers for a value: bytes, for a number too."""
    return str(data).encode() if isinstance(data, int) else data
