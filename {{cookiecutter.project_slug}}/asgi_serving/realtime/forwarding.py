"""From messages to a WebSocket."""

import asyncio
import json
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from asgi_serving.types import Send


@asynccontextmanager
async def forwarded(messages: AsyncIterable[Any], send: Send) -> AsyncIterator[None]:
    """Send each message to a WebSocket, as JSON, for as long as the context lasts.

    A client that reads slowly holds up nobody else: its messages wait, and are bounded, see
    `subscribed`. That it has left is for `receive` to tell.
    """

    async def forward() -> None:
        with suppress(OSError):  # the client has left
            async for message in messages:
                await send({"type": "websocket.send", "text": json.dumps(message)})

    forwarding = asyncio.create_task(forward())
    try:
        yield
    finally:
        forwarding.cancel()
        with suppress(asyncio.CancelledError):
            await forwarding
