"""Who opens a WebSocket: the visitor whom the site's pages know by their session."""

from functools import partial
from importlib import import_module
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import get_user
from django.db import close_old_connections
from django.http import HttpRequest, parse_cookie

from asgi_serving.application.websocket import refuse
from asgi_serving.handler.middleware import POSSIBLE_KEY
from asgi_serving.types import Application, Receive, Scope, Send


def authenticated(application: Application, *, allow_anonymous: bool = False) -> Application:
    """Return the application, with `scope["user"]` and `scope["session"]`, for who is logged in.

    Others are answered 403, or are let in as Django's `AnonymousUser`.

    Both are read once, before the WebSocket is accepted, and no database connection is kept for
    it. What is changed in the session is stored by its `asave()`.
    """

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        scope["session"], scope["user"] = await sync_to_async(partial(_visitor, scope))()
        if allow_anonymous or scope["user"].is_authenticated:
            await application(scope, receive, send)
        else:
            await refuse("its visitor is not logged in", scope, receive, send)

    return serve


def _visitor(scope: Scope) -> tuple[Any, Any]:
    """Return the session and the user, as Django's middleware finds them."""
    request = HttpRequest()
    cookies = [str(value, "latin-1") for name, value in scope["headers"] if name == b"cookie"]
    key = parse_cookie("; ".join(cookies)).get(settings.SESSION_COOKIE_NAME, "")
    store = import_module(settings.SESSION_ENGINE).SessionStore
    request.session = store(key if POSSIBLE_KEY.fullmatch(key) else None)
    try:
        return request.session, get_user(request)
    finally:
        close_old_connections()  # where there are no lanes, which see to it
