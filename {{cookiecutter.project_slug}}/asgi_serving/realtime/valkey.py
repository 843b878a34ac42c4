"""Messages through the publish/subscribe of Valkey or Redis."""

import re
from typing import Any, Final

import redis
from redis.asyncio import BlockingConnectionPool
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as ConnectionLost
from redis.exceptions import RedisError
from redis.retry import Retry

from asgi_serving.realtime.broker import PublishError
from asgi_serving.realtime.listener import Listener
from asgi_serving.realtime.subscriptions import EachLoop

TIMEOUT: Final = 2
"""How long the server may take for an answer, in seconds, where the settings do not say it."""

CACHES_OWN: Final = frozenset({"parser_class", "pool_class", "retry", "serializer"})
"""Options of Django's cache that are nothing for a connection, or not for one of asyncio."""


class Valkey:
    """Carries messages from any process of the site to any other."""

    def __init__(self, cache: dict[str, Any]) -> None:
        """Take an entry of `CACHES`; nothing is connected yet."""
        location = cache["LOCATION"]
        servers = re.split("[;,]", location) if isinstance(location, str) else location
        given = cache.get("OPTIONS", {}).items()
        options = {name: value for name, value in given if name not in CACHES_OWN}
        limits = {"socket_timeout": TIMEOUT, "socket_connect_timeout": TIMEOUT}
        self._url = servers[0]
        text = {"decode_responses": True, "encoding_errors": "replace", "protocol": 2}
        self._options: dict[str, Any] = {**limits, **options, **text}
        # An idle connection may be gone; what took too long may have been published.
        once_more: Any = {
            "backoff": NoBackoff(),
            "retries": 1,
            "supported_errors": (ConnectionLost,),
        }
        self._client = redis.Redis.from_url(self._url, **self._options, retry=Retry(**once_more))
        self._async_clients = EachLoop(lambda: self._async_client(AsyncRetry(**once_more)))
        # Channels know nothing of the number of a database, by which sites share a server.
        database = self._client.get_connection_kwargs().get("db", 0)
        self._prefix = f"asgi_serving:{database}:{cache.get('KEY_PREFIX', '')}:"
        self.subscriptions = EachLoop(lambda: Listener(self._async_client(None), self._prefix))

    def _async_client(self, retry: AsyncRetry | None) -> AsyncRedis:
        """Return a client of asyncio, with one connection; without `retry` it fails at once."""
        retry = retry or AsyncRetry(NoBackoff(), 0, supported_errors=())
        options = {**self._options, "retry": retry, "max_connections": 1, "timeout": TIMEOUT}
        return AsyncRedis.from_pool(BlockingConnectionPool.from_url(self._url, **options))

    def publish(self, group: str, text: str) -> None:
        """Publish on a connection of a pool that all threads share."""
        try:
            self._client.publish(self._prefix + group, text)
        except (RedisError, OSError) as error:
            raise PublishError(f"No message can be published: {error}") from error

    async def apublish(self, group: str, text: str) -> None:
        """Publish on the one connection of the event loop."""
        try:
            await self._async_clients().publish(self._prefix + group, text)
        except (RedisError, OSError) as error:
            raise PublishError(f"No message can be published: {error}") from error
