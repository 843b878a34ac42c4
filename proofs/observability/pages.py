"""Pages whose lines, spans and errors are looked for."""

import asyncio
import logging
import sys

from asgiref.sync import sync_to_async
from django.db import connection
from django.http import HttpResponse, JsonResponse
from django.urls import path

logger = logging.getLogger("pages")


async def loop(request, number):
    """Write a line on the loop, one on a lane, and one in a task that outlives the request."""
    logger.info("on the loop")
    await sync_to_async(logger.info)("on a lane")

    async def outlive():
        await asyncio.sleep(0)
        logger.info("in a task")

    request.scope["task"] = asyncio.create_task(outlive())
    return HttpResponse("loop")


def lane(request, number):
    """Write a line on a lane, and ask the database."""
    logger.info("in a view")
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("lane")


def fail(request):
    """Fail on a lane."""
    raise RuntimeError("The view fails")


async def fail_async(request):
    """Fail on the loop."""
    raise RuntimeError("The asynchronous view fails")


def imported(request):
    """Tell which packages the worker has imported."""
    return JsonResponse(sorted({name.partition(".")[0] for name in sys.modules}), safe=False)


urlpatterns = [
    path("", lane, {"number": 0}, name="home"),  # the page of an error leads there
    path("loop/<int:number>/", loop),
    path("lane/<int:number>/", lane),
    path("fail/", fail),
    path("fail/async/", fail_async),
    path("imported/", imported),
]
