"""Pages of the first visitors, which leave something, and of those who look for it."""

import asyncio
import threading
import time
from collections import Counter

from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.core.signals import request_finished
from django.db import connection, transaction
from django.http import Http404, HttpResponse, JsonResponse, StreamingHttpResponse
from django.views.decorators.csrf import csrf_exempt
from isolation_site.gates import gate_of
from isolation_site.traces import TRACES, execute, impersonate, who


def trace_of(request):
    """Return the trace that the query names."""
    return TRACES[request.GET.get("trace", "nothing")]


async def leave(request):
    """Leave the trace from an asynchronous view."""
    trace = trace_of(request)
    if trace.blocks:
        await sync_to_async(trace.leave)(request)
    else:
        trace.leave(request)


# --- first visitors


@csrf_exempt
def sync(request, site):
    """Leave a trace, and compute."""
    _ = request.body
    trace_of(request).leave(request)
    gate_of(request).wait()
    return HttpResponse("left")


@csrf_exempt
async def async_(request, site):
    """Leave a trace, and wait."""
    _ = request.body
    await leave(request)
    await gate_of(request).await_()
    return HttpResponse("left")


def sync_fails(request, site):
    """Leave a trace, compute and fail."""
    sync(request, site)
    raise RuntimeError("the view fails")


async def async_fails(request, site):
    """Leave a trace, wait and fail."""
    await async_(request, site)
    raise RuntimeError("the view fails")


async def stream(request, site):
    """Leave a trace, and wait between two parts of the response."""
    await leave(request)

    async def parts():
        yield "first "
        await gate_of(request).await_()
        yield "last"

    return StreamingHttpResponse(parts())


def stream_sync(request, site):
    """Leave a trace, and block between two parts of the response."""
    trace_of(request).leave(request)

    def parts():
        yield "first "
        gate_of(request).wait()
        yield "last"

    return StreamingHttpResponse(parts())


async def enter_atomic(request, site):
    """Enter a transaction in a database that is locked."""
    gate, atomic = gate_of(request), transaction.atomic(using=request.GET["scenario"])

    def enter():
        gate.mark("begun")
        atomic.__enter__()

    await sync_to_async(enter)()
    await sync_to_async(atomic.__exit__)(None, None, None)
    return HttpResponse("left")


# --- those who look


def look(request, site):
    """Tell what is to be seen, when as many others as there are threads are looking."""
    execute("SELECT 1")
    gate_of(request).wait()
    trace = trace_of(request)
    try:
        seen = trace.seen(request)
    finally:
        trace.undo(request)
    return JsonResponse({"seen": seen, "thread": threading.current_thread().name})


def look_at_once(request, site):
    """Tell what is to be seen; for requests that follow each other on one connection."""
    seen = trace_of(request).seen(request)
    return JsonResponse({"seen": seen, "thread": threading.current_thread().name})


def report(request, site):
    """Fail, so that Sentry is told."""
    gate_of(request).wait()
    raise RuntimeError("of nobody")


# --- a crowd


def begin(request):
    """Use django-crum's `impersonate`, and tell that the page has come so far."""
    impersonate(request)
    gate_of(request).mark("begun")


def crowd_sync(request, site):
    """Compute for so many seconds, and tell who the user is."""
    begin(request)
    time.sleep(float(request.GET["seconds"]))
    return JsonResponse(who(request))


async def crowd_async(request, site):
    """Wait for so many seconds, and tell who the user is."""
    await sync_to_async(begin)(request)
    await asyncio.sleep(float(request.GET["seconds"]))
    return JsonResponse(await sync_to_async(who)(request))


async def crowd_stream(request, site):
    """Tell who the user is in a stream, with a pause in it."""
    await sync_to_async(begin)(request)
    answer = JsonResponse(await sync_to_async(who)(request)).content

    async def parts():
        yield answer[:1]
        await asyncio.sleep(float(request.GET["seconds"]))
        yield answer[1:]

    return StreamingHttpResponse(parts())


# --- the pool


def missing(request, site):
    """Have the page of an unknown address made, which asks who the user is."""
    raise Http404


async def to_thread(request, site):
    """Query on a thread of asyncio's."""
    return HttpResponse(str(await asyncio.to_thread(get_user_model().objects.count)))


async def insensitive(request, site):
    """Query on a thread of asgiref's."""
    count = sync_to_async(get_user_model().objects.count, thread_sensitive=False)
    return HttpResponse(str(await count()))


async def pool(request, site):
    """Tell how many connections the pool has, and how many of them somebody holds."""
    stats = connection.pool.get_stats()
    held = stats["pool_size"] - stats["pool_available"]
    return JsonResponse({"held": held, "waiting": stats["requests_waiting"]})


async def renew_pool(request, site):
    """Make the next scenario begin with new connections."""
    await asyncio.to_thread(connection.close_pool)
    return HttpResponse("new")


# --- closing of responses

closed = Counter()


class Closing(HttpResponse):
    """Does something when the response was sent."""

    def close(self):
        """Count."""
        super().close()
        closed[self.gate] += 1


def closing(request, site):
    """Return a response that counts how often it is closed."""
    response = Closing("closes")
    response.gate = request.GET["gate"], request.GET["visitor"]
    return response


async def closing_async(request, site):
    """Do the same on the loop."""
    return closing(request, site)


async def times_closed(request, site):
    """Tell how often the response of each visitor of a gate was closed."""
    gate = request.GET["gate"]
    return JsonResponse({visitor: n for (of, visitor), n in closed.items() if of == gate})


# --- receivers


def ignore(**named):
    """Receive a signal."""


async def connect_receiver(request, site):
    """Have a receiver of one's own at the end of each request."""
    request_finished.connect(ignore)
    return HttpResponse("connected")


async def disconnect_receiver(request, site):
    """Have none."""
    request_finished.disconnect(ignore)
    return HttpResponse("disconnected")


async def receivers(request, site):
    """Name the receivers of the end of a request."""
    found, found_async = request_finished._live_receivers(None)
    return JsonResponse({"receivers": [receiver.__name__ for receiver in found + found_async]})
