"""The pages, the same for every peer."""

from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest, HttpResponse


async def plain_async(request: HttpRequest) -> HttpResponse:
    """Answer at once."""
    return HttpResponse("Hello")


def plain_sync(request: HttpRequest) -> HttpResponse:
    """Answer at once."""
    return HttpResponse("Hello")


def computed(request: HttpRequest) -> HttpResponse:
    """Compute for some milliseconds, as a page with a large template does."""
    return HttpResponse(f"Sum {sum(number % 7 for number in range(100_000))}")


async def row_async(request: HttpRequest) -> HttpResponse:
    """Fetch a row."""
    row = await ContentType.objects.aget(pk=1)
    return HttpResponse(f"Row {row.pk}")


def row_sync(request: HttpRequest) -> HttpResponse:
    """Fetch a row."""
    row = ContentType.objects.get(pk=1)
    return HttpResponse(f"Row {row.pk}")
