"""Django's test clients with the handler of production."""

from typing import Any

from django import test

from asgi_serving.asgi import serves_on_lanes
from asgi_serving.testing.handlers import AsyncClientHandler, ClientHandler


class Client(test.Client):
    """`django.test.Client`: its requests are those of ASGI, and views run as in production.

    A response's `wsgi_request` is an `ASGIRequest`. Where production has no lanes, this is Django's
    own client.
    """

    def __init__(self, enforce_csrf_checks: bool = False, *arguments: Any, **named: Any) -> None:
        """Take what Django's client takes."""
        super().__init__(enforce_csrf_checks, *arguments, **named)
        if serves_on_lanes():
            self.handler = ClientHandler(enforce_csrf_checks)  # type: ignore[assignment]  # called alike


class AsyncClient(test.AsyncClient):
    """`django.test.AsyncClient`; views run as in production.

    Where production has no lanes, this is Django's own client.
    """

    def __init__(self, enforce_csrf_checks: bool = False, *arguments: Any, **named: Any) -> None:
        """Take what Django's client takes."""
        super().__init__(enforce_csrf_checks, *arguments, **named)
        if serves_on_lanes():
            self.handler = AsyncClientHandler(enforce_csrf_checks)  # type: ignore[assignment]  # as above


def use_in_test_cases() -> None:
    """Let `self.client` and `self.async_client` of Django's test cases be these clients.

    A test case that names a class itself (`client_class`) keeps it.
    """
    test.SimpleTestCase.client_class = Client
    test.SimpleTestCase.async_client_class = AsyncClient
