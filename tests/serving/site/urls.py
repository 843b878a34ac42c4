"""The site's pages, and pages that are slow, stream or fail."""

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import include, path

logger = logging.getLogger(__name__)


async def slow(request: HttpRequest, seconds: int) -> HttpResponse:
    logger.info("The slow page has begun")
    await asyncio.sleep(seconds)
    return HttpResponse("done")


async def events_for_ever(request: HttpRequest) -> StreamingHttpResponse:
    async def stream() -> AsyncIterator[str]:
        try:
            for number in itertools.count():
                yield f"data: {number}\n\n"
                await asyncio.sleep(0.05)
        finally:
            logger.info("The stream was closed")

    return StreamingHttpResponse(stream(), content_type="text/event-stream")


async def failing(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("This page always fails")


urlpatterns = [
    path("slow/<int:seconds>/", slow),
    path("events/for-ever/", events_for_ever),
    path("failing/", failing),
    path("pages/", include("tests.serving.site.pages")),
    path("realtime/", include("tests.serving.site.realtime")),
    path("", include("config.urls")),
]
