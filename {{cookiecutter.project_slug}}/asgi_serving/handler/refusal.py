"""What a request is answered that got no lane, or that failed."""

from asgiref.sync import sync_to_async
from django.core.handlers import exception
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from asgi_serving.handler.lanes import NoLaneFree


async def response_to(error: Exception | NoLaneFree, request: HttpRequest) -> HttpResponseBase:
    """Return the answer to a request at which this was raised.

    The page of an error is made on the lane of the request. Django makes it on a thread of the
    event loop, whose database connection nobody would close.
    """
    if isinstance(error, NoLaneFree):
        return busy(error)
    return await sync_to_async(exception.response_for_exception)(request, error)


def busy(error: NoLaneFree) -> HttpResponse:
    """Return the answer for a request that got no lane; middleware adds its headers."""
    response = HttpResponse(
        "Too many requests. Please try again in a moment.",
        status=503,
        content_type="text/plain; charset=utf-8",
        headers={"Retry-After": str(error.retry_after)},
    )
    # Logged already, and by one short line: Django's would go to a thread for each.
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001  # Django's name for it
    return response
