"""The page of the chat, and notifications by a stream of events."""

import asyncio

from tests.serving.server import DEADLINE, manage
from tests.serving.visitors import event, visitor

LOG_IN_AGAIN = """
from django.contrib.auth import get_user_model, login
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest

import my_project.home.notifications
request = HttpRequest()
request.session = SessionStore()
user = get_user_model().objects.get()
login(request, user, "django.contrib.auth.backends.ModelBackend")
"""


async def test_visitor_is_told_by_another_process(site, env, cookie):
    """Here a command, at once."""
    async with visitor(site, cookie) as client, client.stream("GET", "/notifications/") as page:
        lines = page.aiter_lines()
        assert (await anext(lines)).startswith("retry: ")
        telling = asyncio.create_task(tell(env))
        async with asyncio.timeout(DEADLINE):
            assert (await event(lines))["data"] == "You have logged in"
        await telling


async def tell(env):
    """Log in by a command."""
    done = await asyncio.to_thread(
        manage, "shell", "--verbosity=0", "--command", LOG_IN_AGAIN, env=env
    )
    assert done.returncode == 0, done.stderr


async def test_others_are_told_not_to_come_back(site):
    """EventSource gives up at 204."""
    async with visitor(site) as client:
        assert (await client.get("/notifications/")).status_code == 204


async def test_chats_script_may_run(site, cookie):
    """The policy of the page has its nonce, and leaves WebSockets to default-src."""
    async with visitor(site, cookie) as client:
        page = await client.get("/chat/lobby/")
    policy = page.headers["content-security-policy"]
    nonce = page.text.partition('<script nonce="')[2].partition('"')[0]
    assert f"'nonce-{nonce}'" in policy
    assert "default-src 'self'" in policy
    assert "connect-src" not in policy
    assert 'new WebSocket("/ws/chat/lobby/")' in page.text
