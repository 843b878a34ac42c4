"""The connection of an event loop that hears messages for all its subscribers."""

import asyncio
import logging
import random
from contextlib import suppress
from itertools import batched
from typing import Any, Final, override

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import ConnectionError as ConnectionLost
from redis.exceptions import RedisError

from asgi_serving.realtime.subscriptions import Subscription, Subscriptions

logger = logging.getLogger("asgi_serving.realtime")

CONFIRMED_WITHIN: Final = 2
"""How long a subscriber waits until the server has taken notice, in seconds."""

QUIET: Final = 10
"""After how many seconds without a message the server is asked whether it is there."""

LONGEST_PAUSE: Final = 5.0
"""Most seconds between two attempts to reach the server; they begin with a tenth of one."""

AT_A_TIME: Final = 100
"""How many subscribers are handed a message before others have their turn on the event loop."""


class Listener(Subscriptions):
    """The subscriptions of an event loop, and the connection that hears for them."""

    def __init__(self, client: Redis, prefix: str) -> None:
        """Connect with the first subscription, and again whenever the connection is lost.

        client: one that tells of a failure at once.
        prefix: what the names of channels begin with; the groups' follow.
        """
        super().__init__()
        self._client = client
        self._prefix = prefix
        self._heard: dict[str, asyncio.Event] = {}
        self._unwanted: set[str] = set()
        self._missed: set[str] = set()
        self._pubsub: PubSub | None = None
        self._listening: asyncio.Task[None] | None = None

    @override
    async def add(self, subscription: Subscription) -> None:
        """Begin to hear; return when the server has confirmed it, or has not for a while."""
        await super().add(subscription)
        self._unwanted -= subscription.groups
        new = subscription.groups - self._heard.keys()
        self._heard |= {group: asyncio.Event() for group in new}
        if self._listening is None or self._listening.done():
            self._listening = asyncio.create_task(self._listen())
        elif new and self._pubsub is not None and _is_connected(self._pubsub):
            with suppress(RedisError, OSError):  # the listener sees that, too
                await self._pubsub.subscribe(*map(self._channel, new))
        with suppress(TimeoutError):
            async with asyncio.timeout(CONFIRMED_WITHIN):
                for group in subscription.groups:
                    await self._heard[group].wait()

    @override
    def remove(self, subscription: Subscription) -> list[str]:
        """Hear no more; the server is told with the next message, or when it is quiet."""
        left = super().remove(subscription)
        self._unwanted.update(left)
        return left

    def _channel(self, group: str) -> str:
        return self._prefix + group

    async def _listen(self) -> None:
        attempts = 0
        while self._heard:
            try:
                async with self._client.pubsub() as pubsub:
                    await pubsub.connect()
                    self._missed = set(self._heard) if attempts else set()
                    try:
                        self._pubsub = pubsub
                        await pubsub.subscribe(*map(self._channel, self._heard))
                        attempts = 0
                        await self._hear(pubsub)
                    finally:
                        self._pubsub = None
            except (RedisError, OSError) as error:
                if not attempts:
                    logger.warning("Messages are missed until their server is back: %s", error)
            for confirmed in self._heard.values():
                confirmed.clear()
            self._let_go()
            attempts += 1
            pause = min(0.1 * 2 ** min(attempts, 10), LONGEST_PAUSE)
            # Not all workers at once.
            await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311

    async def _hear(self, pubsub: PubSub) -> None:
        """Hand on what comes. Raises RedisError or OSError when the connection is lost."""
        while True:
            message = await pubsub.get_message(timeout=QUIET)
            if message is None:
                await pubsub.ping()
                message = await pubsub.get_message(timeout=CONFIRMED_WITHIN)
                if message is None:
                    raise TimeoutError("it does not answer")
            await self._take(message)
            if unwanted := self._let_go():
                await pubsub.unsubscribe(*map(self._channel, unwanted))
            if not _is_connected(pubsub):  # the client would connect again, and nobody be told
                raise ConnectionLost("the connection was lost")

    def _let_go(self) -> set[str]:
        """Forget the groups that nobody is subscribed to any more, and return them."""
        unwanted, self._unwanted = self._unwanted, set()
        for group in unwanted:
            del self._heard[group]
        return unwanted

    async def _take(self, message: dict[str, Any]) -> None:
        group = (message["channel"] or "").removeprefix(self._prefix)
        if message["type"] == "message":
            for some in batched(self.to(group), AT_A_TIME):
                for subscription in some:
                    subscription.put(message["data"])
                await asyncio.sleep(0)
        elif message["type"] == "subscribe" and group in self._heard:
            self._heard[group].set()
            if group in self._missed:
                self._missed.remove(group)
                for subscription in self.to(group):
                    subscription.put(None)


def _is_connected(pubsub: PubSub) -> bool:
    connection: Any = pubsub.connection
    return connection is not None and bool(connection.is_connected)
