"""Pages for many requests at once, whose parts tell the tool whose they are.

The setting `PART` names a context manager of the tool: it takes the name of a part of a view, the
number of the request and its user.
"""

import asyncio
import time
from collections import defaultdict
from contextlib import contextmanager

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import path
from django.utils.module_loading import import_string

part = import_string(settings.PART)
PAUSE = 0.002
"""Seconds in which others get their turn."""

entered = defaultdict(asyncio.Event)
working = set()
most = 0


@contextmanager
def at_work(number):
    """Count how many are at work at once."""
    global most  # noqa: PLW0603  # a number of the process
    working.add(number)
    most = max(most, len(working))
    try:
        yield
    finally:
        working.discard(number)


def work(request, number):
    """Work on a thread; fail if asked to."""
    with at_work(number), part("view", number, request.user):
        time.sleep(PAUSE)
        if "fail" in request.GET:
            raise RuntimeError(f"Request {number} fails")
    return HttpResponse(str(number))


async def work_async(request, number):
    """Work on the loop, on a thread and on the loop again; fail if asked to."""
    user = await request.auser()
    with at_work(number), part("view", number, user):
        await asyncio.sleep(PAUSE)
        with part("after an await", number, user):
            await asyncio.sleep(PAUSE)
        await sync_to_async(on_thread)(number, user)
        if "fail" in request.GET:
            raise RuntimeError(f"Request {number} fails")
    return HttpResponse(str(number))


def on_thread(number, user):
    """Work on a thread, for a view on the loop."""
    with part("on a thread", number, user):
        time.sleep(PAUSE)


async def leave(request, number):
    """Wait for a client who will leave."""
    user = await request.auser()
    with part("view", number, user):
        entered[number].set()
        await asyncio.Event().wait()


async def leave_stream(request, number):
    """Send one part to a client who will leave."""
    user = await request.auser()

    async def parts():
        with part("stream", number, user):
            yield "begun"
            await asyncio.Event().wait()

    # New Relic keeps HTML back, with any handler, until it has found where its script belongs.
    return StreamingHttpResponse(parts(), content_type="text/plain")


async def wait_until_entered(request, number):
    """Answer when the view of another request has begun."""
    await entered[number].wait()
    return HttpResponse()


async def at_once(request):
    """Tell how many were at work at once."""
    return HttpResponse(str(most))


urlpatterns = [
    path("work/<int:number>/", work),
    path("work/<int:number>/async/", work_async),
    path("work/<int:number>/leave/", leave),
    path("work/<int:number>/stream/", leave_stream),
    path("entered/<int:number>/", wait_until_entered),
    path("at-once/", at_once),
]
