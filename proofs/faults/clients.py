"""Clients that mean harm, or have bad luck; each returns what the site answered."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from stacks import Production
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError, WebSocketException

type Client = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[str]]

HEAD: Final = "Host: localhost\r\n"
SECONDS: Final = 15
"""For how long the slow ones go on, and the idle ones stay."""


def many(stack: Production, number: int, client: Client) -> str:
    """Let so many clients come at a time, and count what they got."""

    async def run() -> Counter[str]:
        context = trusting(stack)
        port = int(stack.environment["HTTPS_PORT"])

        async def one() -> str:
            try:
                opened = asyncio.open_connection("localhost", port, ssl=context)
                reader, writer = await asyncio.wait_for(opened, 60)
            except (OSError, TimeoutError) as error:
                return f"no connection ({type(error).__name__})"
            try:
                return await client(reader, writer)
            except OSError:
                return "closed"
            finally:
                writer.close()

        return Counter(await asyncio.gather(*(one() for _ in range(number))))

    outcomes = asyncio.run(run())
    return ", ".join(f"{count} × {outcome}" for outcome, count in outcomes.most_common())


def trusting(stack: Production) -> ssl.SSLContext:
    """Return what trusts the authority of a stack's proxy."""
    authority = stack.execute("caddy", "cat", "/data/caddy/pki/authorities/local/root.crt")
    return ssl.create_default_context(cadata=authority)


async def answer(reader: asyncio.StreamReader) -> str:
    """Return the status that came, or that the connection was closed."""
    line = await asyncio.wait_for(reader.readline(), 60)
    return line.decode("latin-1").strip().split(" ", 1)[-1][:3] or "closed"


async def slow_headers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
    """Send a byte of the request a second."""
    return await trickle(reader, writer, f"GET /plain/ HTTP/1.1\r\n{HEAD}X-Long: {'x' * 99}")


async def slow_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
    """Send a byte of the body a second."""
    writer.write(f"POST /upload/ HTTP/1.1\r\n{HEAD}Content-Length: 99\r\n\r\n".encode())
    return await trickle(reader, writer, "x" * 98)


async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, text: str) -> str:
    """Send a byte a second until something comes back or patience ends."""
    came = asyncio.ensure_future(answer(reader))
    for byte in text.encode()[: 2 * SECONDS]:
        writer.write(bytes([byte]))
        await writer.drain()
        done, _ = await asyncio.wait({came}, timeout=1)
        if done:
            return came.result()
    came.cancel()
    return "nothing yet"


async def leave_in_upload(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
    """Declare five megabytes, send four, and go."""
    writer.write(f"POST /upload/ HTTP/1.1\r\n{HEAD}Content-Length: 5000000\r\n\r\n".encode())
    writer.write(b"x" * 4_000_000)
    await writer.drain()
    return "left"


async def read_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
    """Ask for a page of five megabytes, and read its first line."""
    writer.write(f"GET /large/ HTTP/1.1\r\n{HEAD}\r\n".encode())
    came = await answer(reader)
    await asyncio.sleep(SECONDS)
    return came


async def watch_events(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
    """Read a stream of events for a while."""
    writer.write(f"GET /events/?events={20 * SECONDS} HTTP/1.1\r\n{HEAD}\r\n".encode())
    came = await answer(reader)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(SECONDS):
            while await reader.read(1000):
                pass
    return came


def leave_unfinished(size: int) -> Client:
    """Return a client that sends all of a body of so many bytes but the last thousand, and stays."""

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
        writer.write(f"POST /upload/ HTTP/1.1\r\n{HEAD}Content-Length: {size}\r\n\r\n".encode())
        came = asyncio.ensure_future(answer(reader))
        writer.write(b"x" * (size - 1000))
        sent = asyncio.ensure_future(writer.drain())
        await asyncio.wait({came, sent}, timeout=SECONDS, return_when=asyncio.FIRST_COMPLETED)
        done, _ = await asyncio.wait({came}, timeout=2 * SECONDS)
        for waiting in (came, sent):
            waiting.cancel()
        return came.result() if done else "nothing yet"

    return client


async def stay_idle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
    """Ask for nothing."""
    try:
        return "closed" if not await asyncio.wait_for(reader.read(1), SECONDS) else "answered"
    except TimeoutError:
        return "still open"


async def large_headers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
    """Send a megabyte of headers."""
    lines = "".join(f"X-{number}: {'x' * 1000}\r\n" for number in range(1100))
    writer.write(f"GET /plain/ HTTP/1.1\r\n{HEAD}{lines}\r\n".encode())
    return await answer(reader)


async def declare_much(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
    """Declare a body of ten gigabytes, and begin to send it."""
    writer.write(f"POST /upload/ HTTP/1.1\r\n{HEAD}Content-Length: 10737418240\r\n\r\n".encode())
    came = asyncio.ensure_future(answer(reader))
    while not came.done():
        writer.write(b"x" * 65536)
        sent = asyncio.ensure_future(writer.drain())
        await asyncio.wait({came, sent}, timeout=10, return_when=asyncio.FIRST_COMPLETED)
    return came.result()


async def speak_nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
    """Send what is no HTTP."""
    writer.write(b"\x16\x03\x01 GET\x00 / HTTP/9.9\r\n\r\n")
    return await answer(reader)


type Talk = Callable[[ClientConnection], Awaitable[None]]


async def echo(websocket: ClientConnection) -> None:
    """Have twenty messages sent back."""
    for _ in range(20):
        await websocket.send("x" * 1000)
        await websocket.recv()


async def never_end_a_message(websocket: ClientConnection) -> None:
    """Send the parts of a message that has no end."""

    async def parts() -> AsyncIterator[str]:
        for _ in range(1000):
            yield "x" * 10_000

    await websocket.send(parts())


def open_websockets(stack: Production, number: int, talk: Talk) -> str:
    """Open so many WebSockets at a time, and talk on each of them."""

    async def one(context: ssl.SSLContext) -> str:
        port = stack.environment["HTTPS_PORT"]
        url = f"wss://localhost:{port}/echo/"
        try:
            async with connect(url, ssl=context, open_timeout=60, proxy=None) as websocket:
                await talk(websocket)
        except ConnectionClosedError as closed:
            return f"closed with {closed.rcvd.code if closed.rcvd else 'nothing'}"
        except (OSError, TimeoutError, WebSocketException) as error:
            return type(error).__name__
        return "talked"

    async def run() -> Counter[str]:
        context = trusting(stack)
        return Counter(await asyncio.gather(*(one(context) for _ in range(number))))

    return ", ".join(f"{count} × {what}" for what, count in asyncio.run(run()).most_common())
