"""What a request is answered that got no lane, that cannot have its file, or that failed."""

import logging
from functools import cache
from typing import Final

from asgiref.sync import sync_to_async
from django.core.handlers import exception
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.utils import translation

from asgi_serving.handler.lanes import NoLaneFree
from asgi_serving.storages.unavailable import StorageUnavailableError

logger = logging.getLogger(__name__)

PAGE: Final = "503.html"
"""The template for a browser whose request got no lane or no file, if the project has one."""

TEXT: Final = "Too many requests. Please try again in a moment."

STORAGE_BACK_IN: Final = 30
"""After how many seconds a client may well ask again while a storage cannot be used."""


async def response_to(error: Exception | NoLaneFree, request: HttpRequest) -> HttpResponseBase:
    """Return the answer to a request at which this was raised.

    The page of an error is made on the lane of the request. Django makes it on a thread of the
    event loop, whose database connection nobody would close.
    """
    if isinstance(error, NoLaneFree):
        return busy(TEXT, error.retry_after, request)
    if isinstance(error, StorageUnavailableError):
        logger.error("The storage of files cannot be used (see STORAGE_URL): %s", error)
        return busy("Files are out of reach.", STORAGE_BACK_IN, request)
    return await sync_to_async(exception.response_for_exception)(request, error)


def busy(text: str, retry_after: int, request: HttpRequest) -> HttpResponse:
    """Return the answer 503: the project's page, or a text; middleware adds its headers."""
    wants_page = "text/html" in request.META.get("HTTP_ACCEPT", "")
    page = page_for(translation.get_language()) if wants_page else None
    response = HttpResponse(
        page or text,
        status=503,
        content_type=f"text/{'html' if page else 'plain'}; charset=utf-8",
        headers={"Retry-After": str(retry_after)},
    )
    # Logged already, and by one short line: Django's would go to a thread for each.
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001  # Django's name for it
    return response


@cache
def page_for(language: str | None) -> str | None:
    """Return the project's page, or None; made once, for the event loop must not wait for it."""
    try:
        return get_template(PAGE).render()
    except TemplateDoesNotExist:
        return None
    except Exception:
        logger.exception("%s must do without request and database; text is sent instead", PAGE)
        return None
