"""What the visitors of a soak ask for: pages, an upload, a stream of events and a WebSocket."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from typing import Final

import httpx
from stacks import Production
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode

from proofs.faults.clients import trusting
from proofs.faults.visitors import GET_PAGES, Answer, Ask

UPLOAD: Final = bytes(3_000_000)
"""More than Django keeps in memory (FILE_UPLOAD_MAX_MEMORY_SIZE), so that it goes to the disk."""

MESSAGES: Final = 20
"""How many messages a WebSocket echoes before it is closed, and a stream of events brings."""


def upload(browser: httpx.Client, page: str) -> Answer:
    """Send a file, and expect its size back."""
    answer = browser.post(page, files={"file": UPLOAD})
    return _expected(answer, str(len(UPLOAD)))


def listen(browser: httpx.Client, page: str) -> Answer:
    """Read a stream of events to its end; a server that stops may end it early, but cleanly."""
    answer = browser.get(page, params={"events": MESSAGES})
    events = [line for line in answer.text.split("\n\n") if line]
    return _expected(answer, "".join(f"data: {number}\n\n" for number in range(len(events))))


def _expected(answer: httpx.Response, text: str) -> Answer:
    if answer.status_code == httpx.codes.OK and answer.text != text:
        return "wrong answer", answer.text
    return str(answer.status_code), answer.text


def echo_through(port: int, context: ssl.SSLContext) -> Ask:
    """Return what talks through a WebSocket; a server that restarts may say so (1012)."""

    # Not by websockets.sync: its thread reads what another writes, which Python 3.13's ssl loses.
    async def talk(page: str) -> Answer:
        async with connect(f"wss://localhost:{port}{page}", ssl=context, proxy=None) as websocket:
            for number in range(MESSAGES):
                await websocket.send(str(number))
                if await websocket.recv() != str(number):
                    return "wrong answer", str(number)
        return "200", ""

    def echo(browser: httpx.Client, page: str) -> Answer:
        try:
            return asyncio.run(talk(page))
        except ConnectionClosed as closed:
            if closed.rcvd is None or closed.rcvd.code != CloseCode.SERVICE_RESTART:
                raise
        return "200", ""

    return echo


def mixed(stack: Production) -> Mapping[str, Ask]:
    """Return every page of a soak, and how it is asked for."""
    echo = echo_through(int(stack.environment["HTTPS_PORT"]), trusting(stack))
    return {**GET_PAGES, "/upload/": upload, "/events/": listen, "/echo/": echo}
