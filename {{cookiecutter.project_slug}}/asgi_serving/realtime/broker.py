"""What carries messages: the server of the default cache, or the process itself."""

from contextlib import suppress
from functools import lru_cache
from typing import Any, Protocol

from django.conf import settings
from django.core.cache import DEFAULT_CACHE_ALIAS
from django.core.cache.backends.redis import RedisCache
from django.core.signals import setting_changed
from django.dispatch import receiver
from django.utils.module_loading import import_string

from asgi_serving.realtime.subscriptions import EachLoop, Subscriptions


class PublishError(Exception):
    """The server of messages did not take a message."""


class Broker(Protocol):
    """What carries messages from who publishes them to who is subscribed."""

    def subscriptions(self) -> Subscriptions:
        """Return those of the running event loop."""

    def publish(self, group: str, text: str) -> None:
        """Carry a message. Raises PublishError."""

    async def apublish(self, group: str, text: str) -> None:
        """Carry a message. Raises PublishError."""


class Process:
    """Carries messages within this process."""

    def __init__(self) -> None:
        """Begin without subscriptions."""
        self.subscriptions = EachLoop(Subscriptions)

    def publish(self, group: str, text: str) -> None:
        """Hand the message to the event loops, from any thread."""
        for loop, subscriptions in self.subscriptions.items():
            with suppress(RuntimeError):  # it has just been closed
                loop.call_soon_threadsafe(subscriptions.put, group, text)

    async def apublish(self, group: str, text: str) -> None:
        """Do the same: nothing in it waits."""
        self.publish(group, text)


def shared_cache() -> dict[str, Any] | None:
    """Return the entry of the default cache when it is in Valkey or Redis, by Django's backend."""
    entry: dict[str, Any] = settings.CACHES[DEFAULT_CACHE_ALIAS]
    backend = import_string(entry["BACKEND"])
    return entry if issubclass(backend, RedisCache) else None


_process = Process()


@lru_cache(maxsize=1)
def broker() -> Broker:
    """Return what carries messages, by the settings."""
    entry = shared_cache()
    if entry is None:
        return _process
    from asgi_serving.realtime.valkey import Valkey  # noqa: PLC0415  # redis may not be installed

    return Valkey(entry)


@receiver(setting_changed)
def _forget(*, setting: str, **kwargs: Any) -> None:
    if setting == "CACHES":
        broker.cache_clear()
