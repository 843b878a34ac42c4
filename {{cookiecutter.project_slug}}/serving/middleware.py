"""Django's middleware, natively asynchronous.

Django sends `process_request` and `process_response` of its own middleware to a thread, although
hardly any of them waits for anything. These subclasses call them on the event loop, and go to the
thread only where they will really block. In synchronous mode nothing changes.

The handler puts them in place of Django's own, so that settings keep Django's names.
"""

from collections.abc import Callable
from typing import Any, override

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.messages import middleware as messages
from django.contrib.sessions import middleware as sessions
from django.http import HttpRequest, HttpResponseBase
from django.middleware import clickjacking, common, csp, csrf, gzip, http, locale, security
from django.utils.deprecation import MiddlewareMixin

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})

LARGE = 32 * 1024
"""From how many bytes on content is compressed or hashed on the thread: about a millisecond."""


class NativeMiddleware(MiddlewareMixin):
    """Calls `process_request` and `process_response` where they are, unless they block."""

    def __init__(self, get_response: Callable[..., Any]) -> None:
        """Take the place of a method that Django would otherwise send to the thread."""
        super().__init__(get_response)
        if self.async_mode and hasattr(self, "aprocess_view"):
            self.__dict__["process_view"] = self.aprocess_view

    def request_blocks(self, request: HttpRequest) -> bool:
        """Whether `process_request` will wait for something."""
        return False

    def response_blocks(self, request: HttpRequest, response: Any) -> bool:
        """Whether `process_response` will wait for something, or compute for long."""
        return False

    @override
    async def __acall__(self, request: HttpRequest) -> Any:
        response: Any = None
        get_response: Callable[..., Any] = self.get_response
        if hasattr(self, "process_request"):
            if self.request_blocks(request):
                response = await sync_to_async(self.process_request)(request)
            else:
                response = self.process_request(request)
        response = response or await get_response(request)
        if hasattr(self, "process_response"):
            if self.response_blocks(request, response):
                response = await sync_to_async(self.process_response)(request, response)
            else:
                response = self.process_response(request, response)
        return response


class SecurityMiddleware(NativeMiddleware, security.SecurityMiddleware):
    """Only compares and sets headers."""


class ContentSecurityPolicyMiddleware(NativeMiddleware, csp.ContentSecurityPolicyMiddleware):
    """Only sets headers."""


class LocaleMiddleware(NativeMiddleware, locale.LocaleMiddleware):
    """Only reads headers and cookies."""


class CommonMiddleware(NativeMiddleware, common.CommonMiddleware):
    """Only compares, resolves and sets headers."""


class XFrameOptionsMiddleware(NativeMiddleware, clickjacking.XFrameOptionsMiddleware):
    """Only sets a header."""


class SessionMiddleware(NativeMiddleware, sessions.SessionMiddleware):
    """Blocks where it saves the session."""

    @override
    def response_blocks(self, request: HttpRequest, response: Any) -> bool:
        try:
            session = request.session
            return (
                session.modified or settings.SESSION_SAVE_EVERY_REQUEST
            ) and not session.is_empty()
        except AttributeError:
            return False


class CsrfViewMiddleware(NativeMiddleware, csrf.CsrfViewMiddleware):
    """Blocks where the secret is in the session, and where the body must be read or a page made."""

    async def aprocess_view(self, request: HttpRequest, *view: Any) -> HttpResponseBase | None:
        """Check the token; where there is none to check, at once."""
        process_view = super().process_view
        if request.method in SAFE_METHODS:
            return process_view(request, *view)
        return await sync_to_async(process_view)(request, *view)

    @override
    def request_blocks(self, request: HttpRequest) -> bool:
        return settings.CSRF_USE_SESSIONS

    @override
    def response_blocks(self, request: HttpRequest, response: Any) -> bool:
        return settings.CSRF_USE_SESSIONS and bool(request.META.get("CSRF_COOKIE_NEEDS_UPDATE"))


class MessageMiddleware(NativeMiddleware, messages.MessageMiddleware):
    """Blocks where there are messages to store, which may be in the session."""

    @override
    def response_blocks(self, request: HttpRequest, response: Any) -> bool:
        storage = getattr(request, "_messages", None)
        return storage is not None and (storage.used or storage.added_new)


class GZipMiddleware(NativeMiddleware, gzip.GZipMiddleware):
    """Computes for long where there is much to compress."""

    @override
    def response_blocks(self, request: HttpRequest, response: Any) -> bool:
        return not response.streaming and len(response.content) >= LARGE


class ConditionalGetMiddleware(NativeMiddleware, http.ConditionalGetMiddleware):
    """Computes for long where there is much to hash."""

    @override
    def response_blocks(self, request: HttpRequest, response: Any) -> bool:
        return not response.streaming and len(response.content) >= LARGE
