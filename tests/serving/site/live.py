"""Pages for the tests of the development server, which change them."""

import asyncio
import os
import time
from collections.abc import AsyncIterator

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import path

from asgi_serving.types import Receive, Scope, Send

TEXT = "first"


async def text(request: HttpRequest) -> HttpResponse:
    return HttpResponse(TEXT)


async def process(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(os.getpid()))


async def crash(request: HttpRequest) -> HttpResponse:
    os._exit(3)


def template(request: HttpRequest) -> HttpResponse:
    return render(request, "live.html")


def slow(request: HttpRequest) -> HttpResponse:
    time.sleep(3600)
    return HttpResponse()


async def events(request: HttpRequest) -> StreamingHttpResponse:
    async def stream() -> AsyncIterator[str]:
        while True:
            yield "data: tick\n\n"
            await asyncio.sleep(3600)

    return StreamingHttpResponse(stream(), content_type="text/event-stream")


async def socket(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    await receive()


routes = {"/socket": socket}
urlpatterns = [
    path("text", text),
    path("process", process),
    path("crash", crash),
    path("template", template),
    path("slow", slow),
    path("events", events),
]
