"""Middleware that remembers the current user, and cleans up in one way or another."""

import threading
from collections import defaultdict
from contextvars import ContextVar

from django.utils.deprecation import MiddlewareMixin
from django_multitenant.utils import set_current_tenant, unset_current_tenant
from isolation_site import models  # tells django-multitenant whose tenant is whose

local = defaultdict(threading.local)
"""The current user of each thread, by scenario and middleware: none may see another's."""

context_user = ContextVar("context_user", default=None)


def remembered(request, middleware):
    """Return what the thread remembers for a scenario."""
    return local[request.GET.get("scenario"), middleware]


def visitor(request):
    """Return the name that the visitor came with."""
    return request.headers.get("X-Visitor") or (
        request.user.username if "cookie" in request.headers else None
    )


def _set(request, middleware):
    if name := visitor(request):
        remembered(request, middleware).user = name


def cleaned_after(get_response):
    """Clean up after the response was made."""

    def middleware(request):
        _set(request, "after")
        response = get_response(request)
        remembered(request, "after").user = None
        return response

    return middleware


class CleanedInProcessResponse(MiddlewareMixin):
    """Clean up in `process_response`."""

    def process_request(self, request):
        """Remember the user."""
        _set(request, "mixin")

    def process_response(self, request, response):
        """Forget the user."""
        remembered(request, "mixin").user = None
        return response


def cleaned_finally(get_response):
    """Clean up whatever happens."""

    def middleware(request):
        _set(request, "finally")
        try:
            return get_response(request)
        finally:
            remembered(request, "finally").user = None

    return middleware


def never_cleaned(get_response):
    """Leave the user for the next one."""

    def middleware(request):
        _set(request, "never")
        return get_response(request)

    return middleware


class ContextVariable(MiddlewareMixin):
    """Remember the user in a context variable, and never clean it up."""

    def process_request(self, request):
        """Remember the user."""
        if name := visitor(request):
            context_user.set(name)


class MultitenantMiddleware:
    """The middleware of django-multitenant's documentation."""

    def __init__(self, get_response):
        """Take what comes after."""
        self.get_response = get_response

    def __call__(self, request):
        """Set the tenant, and unset it."""
        if request.user and not request.user.is_anonymous:
            set_current_tenant(models.account_of(request))
        response = self.get_response(request)
        unset_current_tenant()
        return response
