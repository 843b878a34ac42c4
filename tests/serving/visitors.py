"""Visitors who listen: by WebSockets and by streams of events, as browsers open them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

from tests.serving.server import DEADLINE, Server, manage

LOG_IN = """
from django.conf import settings
from django.contrib.auth import get_user_model, login
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest

user = get_user_model().objects.create_user("ada@example.com", "password")
request = HttpRequest()
request.session = SessionStore()
login(request, user, settings.AUTHENTICATION_BACKENDS[-1])
request.session.save()
print(f"{settings.SESSION_COOKIE_NAME}={request.session.session_key}")
"""
HEADERS = {"X-Forwarded-Proto": "https"}


def logged_in(env: dict[str, str]) -> str:
    """Make a user, and return the cookie by which the site knows them."""
    done = manage("shell", "--verbosity=0", "--command", LOG_IN, env=env)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


@asynccontextmanager
async def websocket(
    server: Server, path: str, cookie: str = "", origin: str | None = "https://testserver"
) -> AsyncIterator[ClientConnection]:
    """Open a WebSocket as a browser does, or one without an origin."""
    async with connect(
        f"ws://testserver{path}",
        host="127.0.0.1",
        port=server.port,
        origin=None if origin is None else Origin(origin),
        additional_headers=HEADERS | {"Cookie": cookie},
        compression=None,
        open_timeout=DEADLINE,
    ) as opened:
        yield opened


async def heard(opened: ClientConnection) -> object:
    async with asyncio.timeout(DEADLINE):
        return json.loads(await opened.recv())


@asynccontextmanager
async def visitor(server: Server, cookie: str = "") -> AsyncIterator[httpx.AsyncClient]:
    limits = httpx.Limits(max_connections=None)
    headers = {"Host": "testserver", "Cookie": cookie, **HEADERS}
    base = f"http://127.0.0.1:{server.port}"
    async with httpx.AsyncClient(
        base_url=base, headers=headers, timeout=DEADLINE, limits=limits
    ) as client:
        yield client


async def event(lines: AsyncIterator[str]) -> dict[str, str]:
    """Return the fields of the next event; what only tells when to come back is none."""
    fields: dict[str, str] = {}
    async for line in lines:
        name, _, value = line.partition(": ")
        if name == "" and "data" in fields:
            break
        fields |= {name: value}
    return fields
