"""Messages to groups: published anywhere in the site, and heard by whoever subscribes.

They go through the Valkey or Redis server of the default cache, to all workers. Without one they
stay in the process. None is kept: who is not there when it is published does not hear it.
"""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.asyncio import async_unsafe

from asgi_serving.realtime.broker import PublishError, broker
from asgi_serving.realtime.subscriptions import Subscription

__all__ = ["PublishError", "apublish", "publish", "subscribed"]

MAX_SIZE: Final = 64 * 1024
"""Most bytes of a message. Each worker holds what its subscribers have not read; larger things are
better stored, and their key published."""

NAME: Final = re.compile(r"[\w.:-]{1,200}", re.ASCII)
"""What a group may be called."""


@asynccontextmanager
async def subscribed(*groups: str, missed: Any = None) -> AsyncIterator[Subscription]:
    """Give what is published to any of these groups from now on, as an asynchronous iterator.

    groups: names of 1 to 200 letters, digits and `-_.:`; ASCII only.
    missed: what the iterator gives in the place of messages that were lost, because the server of
    messages was gone for a while, or because more than 100 waited to be read. Its reader can ask for
    what it missed then. None gives nothing.

    When the server cannot be reached, this waits 2 seconds, and begins without it.

    Raises ValueError: a group cannot be called so.
    """
    subscription = Subscription(frozenset(_checked(group) for group in groups), missed)
    here = broker().subscriptions()
    try:
        await here.add(subscription)
        yield subscription
    finally:
        here.remove(subscription)


@async_unsafe("You cannot call publish() from an async context; await apublish() instead.")
def publish(group: str, message: Any) -> None:
    """Send a message to all who are subscribed to the group now; `apublish` where code is async.

    What is written to the database for its readers must be there first: use
    `transaction.on_commit`.

    group: see `subscribed`.
    message: what JSON can hold, and dates and the like as Django's serializers write them.

    Raises ValueError: a group cannot be called so, or the message has more than 64 KiB in JSON.
    Raises TypeError: JSON cannot hold it.
    Raises PublishError: the server of messages did not take it in about 4 seconds.
    """
    broker().publish(_checked(group), _json(message))


async def apublish(group: str, message: Any) -> None:
    """Do what `publish` does, without a thread."""
    await broker().apublish(_checked(group), _json(message))


def _checked(group: str) -> str:
    if not NAME.fullmatch(group):
        raise ValueError(f"A group is called by 1 to 200 of A-Z a-z 0-9 - _ . : and not {group!r}")
    return group


def _json(message: Any) -> str:
    text = json.dumps(message, cls=DjangoJSONEncoder, separators=(",", ":"), allow_nan=False)
    if len(text) > MAX_SIZE:  # all of it is ASCII
        raise ValueError(
            f"A message of {len(text)} bytes is more than {MAX_SIZE}: store it, and publish its key"
        )
    return text
