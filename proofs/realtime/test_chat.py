"""The chat: the same by the library's messages, and by consumers of Channels."""

import json
from contextlib import AsyncExitStack

import pytest
from websockets.exceptions import InvalidStatus

from tests.serving.visitors import heard, websocket


async def test_everyone_in_a_room_hears_what_one_says(site, cookie):
    """Whichever worker they are connected to."""
    async with AsyncExitStack() as stack:
        room = [
            await stack.enter_async_context(websocket(site, "/ws/chat/lobby/", cookie))
            for _ in range(10)
        ]
        other = await stack.enter_async_context(websocket(site, "/ws/chat/other/", cookie))
        # What a socket says before all have been heard once may be before others are subscribed.
        for number, opened in enumerate(room):
            await opened.send(said(f"ready {number}"))
            while (await heard(opened))["text"] != f"ready {number}":
                pass
        await room[0].send(said("hello"))
        for opened in room:
            while (told := await heard(opened))["text"].startswith("ready"):
                pass
            assert told == {"who": "ada@example.com", "text": "hello"}
        await other.send(said("elsewhere"))
        assert await heard(other) == {"who": "ada@example.com", "text": "elsewhere"}


def said(text):
    """Return what a page sends, as the consumer of Channels expects it, or as the chat does."""
    return json.dumps({"text": text}) if CHANNELS else text


async def test_who_is_not_logged_in_stays_out(site):
    """By 403, before the WebSocket is accepted."""
    with pytest.raises(InvalidStatus):
        async with websocket(site, "/ws/chat/lobby/"):
            pass


try:
    import channels  # noqa: F401

    CHANNELS = True
except ImportError:
    CHANNELS = False
