"""Django's middleware, natively asynchronous.

Django sends `process_request` and `process_response` of its own middleware to a thread, although
hardly any of them waits for anything. These subclasses call them on the event loop, and go to the
thread only where they will really block. In synchronous mode nothing changes.

The handler puts them in place of Django's own, so that settings keep Django's names.
"""

import re
from collections.abc import Callable
from functools import lru_cache, partial
from http import HTTPStatus
from inspect import unwrap
from types import FunctionType
from typing import Any, NamedTuple, Self, override

from asgiref.sync import sync_to_async
from django.conf import settings
from django.conf.urls.i18n import is_language_prefix_patterns_used
from django.contrib.messages import middleware as messages
from django.contrib.messages.storage import default_storage
from django.contrib.sessions import middleware as sessions
from django.core.signals import setting_changed
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.http.response import ResponseHeaders
from django.middleware import clickjacking, common, csrf, gzip, http, locale, security
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.deprecation import MiddlewareMixin
from django.utils.functional import SimpleLazyObject, empty

from asgi_serving.handler.lanes import NoLaneFree
from asgi_serving.handler.refusal import response_to

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})

LONGEST_LANGUAGES = 500
"""Characters of an Accept-Language header: what Django itself looks at."""

POSSIBLE_KEY = re.compile("[!-~]+")
"""What is in cookies of sessions, those of signed cookies as well: visible ASCII."""

LARGE = 32 * 1024
"""From how many bytes on content is compressed or hashed on the thread: about a millisecond."""


class NativeMiddleware(MiddlewareMixin):
    """Calls `process_request` and `process_response` where they are, unless they block.

    Native middleware that follow each other are run by the first of them, in one coroutine: Django
    nests two for each.
    """

    def __init_subclass__(cls) -> None:
        """Call `aprocess_view` as Django's method, for those who tell what runs by its name."""
        super().__init_subclass__()
        if method := cls.__dict__.get("aprocess_view"):
            method.__name__ = "process_view"
            method.__qualname__ = f"{cls.__qualname__}.process_view"

    def __init__(self, get_response: Callable[..., Any]) -> None:
        """Join the run of native middleware that `get_response` begins, if it does."""
        super().__init__(get_response)
        if self.async_mode and hasattr(self, "aprocess_view"):
            self.__dict__["process_view"] = self.aprocess_view
        # Only through functions: neither adapters nor the proxies of packages are any.
        following = unwrap(get_response, stop=lambda call: type(call) is not FunctionType)
        self.run = [_Step.of(self)]
        self.after_run = get_response
        if isinstance(following, NativeMiddleware) and _calls_nothing_else(following):
            self.run += following.run
            self.after_run = following.after_run

    def request_blocks(self, request: HttpRequest) -> bool:
        """Whether `process_request` will wait for something."""
        return False

    def response_blocks(self, request: HttpRequest, response: Any) -> bool:
        """Whether `process_response` will wait for something, or compute for long."""
        return False

    @override
    async def __acall__(self, request: HttpRequest) -> Any:
        response: Any = None
        entered = []
        for step in self.run:
            try:
                if step.process_request:
                    if step.request_blocks and step.request_blocks(request):
                        response = await sync_to_async(step.process_request)(request)
                    else:
                        response = step.process_request(request)
            except (Exception, NoLaneFree) as error:  # noqa: BLE001  # as Django's wrapper of each
                response = await response_to(error, request)
                break
            entered.append(step)
            if response:
                break
        response = response or await self.after_run(request)
        for step in reversed(entered):
            try:
                if step.process_response:
                    if step.response_blocks and step.response_blocks(request, response):
                        process_response = sync_to_async(step.process_response)
                        response = await process_response(request, response)
                    else:
                        response = step.process_response(request, response)
            except (Exception, NoLaneFree) as error:  # noqa: BLE001  # as Django's wrapper of each
                response = await response_to(error, request)
        return response


class _Step(NamedTuple):
    """The methods of a middleware; None where it has none, or not one of its own."""

    process_request: Callable[..., Any] | None
    request_blocks: Callable[..., bool] | None
    process_response: Callable[..., Any] | None
    response_blocks: Callable[..., bool] | None

    @classmethod
    def of(cls, middleware: NativeMiddleware) -> Self:
        """Look the methods up, once for all requests."""
        return cls(*(
            None
            if getattr(type(middleware), name, None) is getattr(NativeMiddleware, name, None)
            else getattr(middleware, name)
            for name in cls._fields
        ))  # fmt: skip


@lru_cache(maxsize=100)
def _as_stored(name: str, value: str) -> tuple[str, tuple[str, str]]:
    """Return key and value under which Django keeps a header. Raises what Django raises."""
    (stored,) = ResponseHeaders({name: value})._store.items()  # noqa: SLF001  # no public way
    return stored


def set_default(response: Any, name: str, value: str) -> None:
    """Do as `response.headers.setdefault`, which takes as long as the rest of a middleware.

    Only for values that are the same in many responses: they are checked once.
    """
    response.headers._store.setdefault(*_as_stored(name, value))  # noqa: SLF001  # no public way


def _calls_nothing_else(middleware: NativeMiddleware) -> bool:
    """Whether a subclass left the calls to this file."""
    cls = type(middleware)
    return cls.__acall__ is NativeMiddleware.__acall__ and cls.__call__ is MiddlewareMixin.__call__


class SecurityMiddleware(NativeMiddleware, security.SecurityMiddleware):
    """Only compares, and sets the same headers on all responses."""

    def __init__(self, get_response: Callable[..., Any]) -> None:
        """Let Django's own middleware make the headers, for HTTP and for HTTPS."""
        super().__init__(get_response)
        self.headers = {}
        for secure, request in ((False, HttpRequest()), (True, _SecureRequest())):
            response = HttpResponse()
            del response.headers["Content-Type"]
            headers = super().process_response(request, response).headers
            self.headers[secure] = tuple(headers.items())

    @override
    def process_response(self, request: HttpRequest, response: Any) -> Any:
        for name, value in self.headers[bool(self.sts_seconds) and request.is_secure()]:
            set_default(response, name, value)
        return response


class _SecureRequest(HttpRequest):
    @override
    def is_secure(self) -> bool:
        return True


class LocaleMiddleware(NativeMiddleware, locale.LocaleMiddleware):
    """Only reads headers and cookies, and the path where URLs have a language prefix."""

    @override
    def process_request(self, request: HttpRequest) -> None:
        if _paths_have_languages(request):
            super().process_request(request)
        else:
            translation.activate(_language_of(request))
            request.LANGUAGE_CODE = translation.get_language()

    @override
    def process_response(self, request: HttpRequest, response: Any) -> Any:
        if _paths_have_languages(request):
            return super().process_response(request, response)
        if response.has_header("Vary"):
            patch_vary_headers(response, ("Accept-Language",))
        else:
            set_default(response, "Vary", "Accept-Language")
        set_default(response, "Content-Language", translation.get_language())
        return response


def _language_of(request: HttpRequest) -> str:
    """Return what `get_language_from_request` returns."""
    accepted = request.META.get("HTTP_ACCEPT_LANGUAGE", "")
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    # As long as what Django itself keeps of the header: others are not worth the memory.
    if chosen or len(accepted) > LONGEST_LANGUAGES:
        return translation.get_language_from_request(request)
    return _accepted_language(accepted)


@lru_cache(maxsize=1000)
def _accepted_language(accepted: str) -> str:
    request = HttpRequest()
    request.META["HTTP_ACCEPT_LANGUAGE"] = accepted
    return translation.get_language_from_request(request)


def _forget_languages(**changed: Any) -> None:
    _accepted_language.cache_clear()


setting_changed.connect(_forget_languages)  # settings change in tests


def _paths_have_languages(request: HttpRequest) -> bool:
    urlconf = getattr(request, "urlconf", settings.ROOT_URLCONF)
    return is_language_prefix_patterns_used(urlconf)[0]


class CommonMiddleware(NativeMiddleware, common.CommonMiddleware):
    """Only compares, resolves and sets headers."""

    @override
    def process_response(self, request: HttpRequest, response: Any) -> Any:
        if response.status_code == HTTPStatus.NOT_FOUND or response.streaming:
            return super().process_response(request, response)
        length = ("Content-Length", str(len(response.content)))
        response.headers._store.setdefault("content-length", length)  # noqa: SLF001  # as above
        return response


class XFrameOptionsMiddleware(NativeMiddleware, clickjacking.XFrameOptionsMiddleware):
    """Only sets a header."""

    @override
    def process_response(self, request: HttpRequest, response: Any) -> Any:
        if not getattr(response, "xframe_options_exempt", False):
            value = self.get_xframe_options_value(request, response)
            set_default(response, "X-Frame-Options", value)
        return response


class SessionMiddleware(NativeMiddleware, sessions.SessionMiddleware):
    """Blocks where it saves the session.

    Engines ask for a session by any text, and PostgreSQL fails at one with NUL: whoever sends such
    a cookie has no session.
    """

    @override
    def process_request(self, request: HttpRequest) -> None:
        key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
        request.session = self.SessionStore(key if key and POSSIBLE_KEY.fullmatch(key) else None)

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
    """Makes the storage when a message is added or read; blocks where there are any to store."""

    @override
    def process_request(self, request: Any) -> None:
        request._messages = SimpleLazyObject(partial(default_storage, request))  # noqa: SLF001  # its name in Django

    @override
    def process_response(self, request: Any, response: Any) -> Any:
        return super().process_response(request, response) if _used(request) else response

    @override
    def response_blocks(self, request: Any, response: Any) -> bool:
        if not _used(request):
            return False
        storage = request._messages  # noqa: SLF001  # its name in Django
        return bool(storage.used or storage.added_new)


def _used(request: Any) -> bool:
    """Whether anything has looked at the messages."""
    storage = getattr(request, "_messages", None)
    storage = getattr(storage, "_wrapped", storage)
    return storage is not None and storage is not empty


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
