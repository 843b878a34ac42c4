"""The middleware of `django.contrib.auth`, natively asynchronous; it needs the app's models."""

from collections.abc import Callable
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth import middleware as auth
from django.http import HttpRequest, HttpResponseBase

from asgi_serving.handler.middleware import NativeMiddleware


class AuthenticationMiddleware(NativeMiddleware, auth.AuthenticationMiddleware):
    """Only promises a user, who is fetched where a view asks."""


class LoginRequiredMiddleware(NativeMiddleware, auth.LoginRequiredMiddleware):
    """Blocks where it fetches the user."""

    async def aprocess_view(
        self, request: HttpRequest, view: Callable[..., Any], *arguments: Any
    ) -> HttpResponseBase | None:
        """Fetch the user, unless the view is for everyone."""
        process_view = super().process_view
        if not getattr(view, "login_required", True):
            return None
        return await sync_to_async(process_view)(request, view, *arguments)
