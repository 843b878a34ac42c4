"""Loads what the project lists in `MIDDLEWARE`, with native middleware in place of Django's own."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import update_wrapper
from typing import Any, Final

import django
from asgiref.sync import iscoroutinefunction
from django.core.handlers import base
from django.http import HttpRequest
from django.utils import module_loading
from django.utils.module_loading import import_string

from asgi_serving.handler.lanes import NoLaneFree, current_lane
from asgi_serving.handler.refusal import response_to
from asgi_serving.handler.substitution import substituted

NATIVE: Final = {
    "django.contrib.auth.middleware.AuthenticationMiddleware": "asgi_serving.handler.auth_middleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware": "asgi_serving.handler.auth_middleware",
    "django.contrib.messages.middleware.MessageMiddleware": "asgi_serving.handler.middleware",
    "django.contrib.sessions.middleware.SessionMiddleware": "asgi_serving.handler.middleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware": "asgi_serving.handler.middleware",
    "django.middleware.common.CommonMiddleware": "asgi_serving.handler.middleware",
    **(
        {
            "django.middleware.csp.ContentSecurityPolicyMiddleware": "asgi_serving.handler.csp_middleware"
        }
        if django.VERSION >= (6, 0)
        else {}
    ),
    "django.middleware.csrf.CsrfViewMiddleware": "asgi_serving.handler.middleware",
    "django.middleware.gzip.GZipMiddleware": "asgi_serving.handler.middleware",
    "django.middleware.http.ConditionalGetMiddleware": "asgi_serving.handler.middleware",
    "django.middleware.locale.LocaleMiddleware": "asgi_serving.handler.middleware",
    "django.middleware.security.SecurityMiddleware": "asgi_serving.handler.middleware",
}
"""Django's middleware, and the module that has a native one of the same name."""

type GetResponse = Callable[[HttpRequest], Any]


@contextmanager
def native_loading() -> Iterator[None]:
    """Let Django's handler load native middleware, and make error pages on the request's lane.

    Django has no setting for that. `MIDDLEWARE` stays as it is, because middleware and packages
    that watch over it read it meanwhile. What they have put in place of Django's functions is called,
    and sees Django's names: the classes are exchanged below all of them.
    """
    cached_import = module_loading.cached_import
    convert: Callable[[GetResponse], GetResponse] = vars(base)["convert_exception_to_response"]
    loading = threading.get_ident()

    def import_native(module: str, name: str) -> Any:
        path = f"{module}.{name}"
        if path in NATIVE and threading.get_ident() == loading:
            module = NATIVE[path]
        return cached_import(module, name)

    def convert_on_lane(get_response: GetResponse) -> GetResponse:
        return convert(answers_errors(get_response))

    with (
        substituted(module_loading, "cached_import", import_native),
        substituted(base, "convert_exception_to_response", convert_on_lane),
    ):
        yield


def native_middleware(path: str) -> str:
    """Return the dotted name of the native middleware for Django's, and others as they are."""
    return f"{NATIVE[path]}.{path.rpartition('.')[2]}" if path in NATIVE else path


def is_synchronous(path: str) -> bool:
    """Tell whether a middleware says that it is synchronous alone, as one does that says nothing."""
    return not getattr(import_string(path), "async_capable", False)


def answers_errors(get_response: GetResponse) -> GetResponse:
    """Return a handler that answers what another one raises, as Django does around each one."""
    if not iscoroutinefunction(get_response):
        return get_response

    async def answer(request: HttpRequest) -> Any:
        try:
            response = await get_response(request)
        except (Exception, NoLaneFree) as error:  # noqa: BLE001  # each is answered
            return await response_to(error, request)
        if (lane := current_lane.get()) is not None:
            lane.admitted = True
        return response

    # Packages that watch over requests tell what runs by its name: a middleware's is its class's.
    named = get_response if hasattr(get_response, "__qualname__") else type(get_response)
    update_wrapper(answer, named, updated=())
    answer.__wrapped__ = get_response  # type: ignore[attr-defined]  # as update_wrapper would
    return answer
