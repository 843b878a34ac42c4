"""Pages that read, write, cache, keep and upload, and pages that do harm."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator

from django.contrib.auth.models import Group
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt


async def read(request: HttpRequest) -> HttpResponse:
    """Fetch a row."""
    return HttpResponse(f"{await Group.objects.order_by('pk').afirst()}")


def write(request: HttpRequest) -> HttpResponse:
    """Store a row, and answer with its name when that is certain."""
    return HttpResponse(Group.objects.create(name=uuid.uuid4().hex).name)


async def plain(request: HttpRequest) -> HttpResponse:
    """Need nothing."""
    return HttpResponse("plain")


def visits(request: HttpRequest) -> HttpResponse:
    """Count in the session."""
    request.session["visits"] = request.session.get("visits", 0) + 1
    return HttpResponse(str(request.session["visits"]))


def cached(request: HttpRequest) -> HttpResponse:
    """Count in the cache."""
    cache.add("count", 0)
    return HttpResponse(str(cache.incr("count")))


async def events(request: HttpRequest) -> StreamingHttpResponse:
    """Send as many events as are asked for, twenty a second, after asking the database."""
    await Group.objects.aexists()

    async def stream() -> AsyncIterator[str]:
        for number in range(int(request.GET["events"])):
            yield f"data: {number}\n\n"
            await asyncio.sleep(0.05)

    return StreamingHttpResponse(stream(), content_type="text/event-stream")


def large(request: HttpRequest) -> HttpResponse:
    """Answer with five megabytes."""
    return HttpResponse(b"x" * 5_000_000)


@csrf_exempt
def upload(request: HttpRequest) -> HttpResponse:
    """Take a file."""
    return HttpResponse(str(request.FILES["file"].size))


async def block(request: HttpRequest) -> HttpResponse:
    """Stop the event loop of a worker."""
    time.sleep(120)  # noqa: ASYNC251  # the mistake that is made here
    return HttpResponse("never")


async def eat(request: HttpRequest) -> HttpResponse:
    """Take all memory."""
    eaten = []
    while True:
        eaten.append(bytearray(b"x" * 50_000_000))


async def echo(scope, receive, send) -> None:
    """Send back what comes."""
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})


websocket_routes = {"/echo/": echo}
urlpatterns = [
    path("read/", read),
    path("write/", write),
    path("plain/", plain),
    path("visits/", visits),
    path("cached/", cached),
    path("large/", large),
    path("upload/", upload),
    path("events/", events),
    path("block/", block),
    path("eat/", eat),
    path("", include("config.urls")),
]
