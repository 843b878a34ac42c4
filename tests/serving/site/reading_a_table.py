"""Middleware that many projects have in this form: it reads its settings from the database."""

from collections.abc import Callable

from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse


class CountsUsers:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.users = get_user_model().objects.count()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)
