"""The routes of WebSockets, written as those of pages are in `urls.py`."""

from collections.abc import Callable, Sequence
from typing import Any, cast

from django.http import HttpResponseBase
from django.urls import URLPattern, URLResolver, path

from asgi_serving.types import Application

type Routes = Sequence[URLPattern | URLResolver]


def websocket(route: str, application: Application) -> URLPattern:
    """Return `django.urls.path` for an ASGI application, which finds what the route captures.

    That is `scope["url_route"]["kwargs"]`, where Channels has it, too. Several routes below one
    another are `path("chat/", include([websocket(...), ...]))`.
    """
    view: Callable[..., HttpResponseBase] = cast("Any", application)
    return path(route, view)
