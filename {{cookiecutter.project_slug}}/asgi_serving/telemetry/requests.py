"""A span and a duration for each request, by OpenTelemetry's conventions for HTTP servers.

OpenTelemetry's own middleware knows neither the route nor the error of a view, and gives each message
of ASGI a span. See https://opentelemetry.io/docs/specs/semconv/http/.
"""

import sys
from functools import wraps
from time import perf_counter
from typing import Any, Final, override

from django.core.handlers.base import BaseHandler
from django.core.signals import got_request_exception
from opentelemetry import metrics, propagate, trace
from opentelemetry.propagators.textmap import Getter
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from asgi_serving.types import Application, Message, Receive, Scope, Send

METHODS: Final = frozenset(
    {"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"}
)
"""Others count as `_OTHER`: whoever asks may think up as many as he likes."""

BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
"""Boundaries of the histogram of durations, in seconds, as the conventions have them."""

ROUTE: Final = "asgi_serving.route"
"""The entry of a request's scope that holds its route."""


class Headers(Getter[Scope]):
    """Reads the headers of a scope: those that are asked for, which are few."""

    @override
    def get(self, carrier: Scope, key: str) -> list[str] | None:
        name = key.encode()
        return [str(value, "latin-1") for each, value in carrier["headers"] if each == name] or None

    @override
    def keys(self, carrier: Scope) -> list[str]:
        return [str(name, "latin-1") for name, _ in carrier["headers"]]


HEADERS: Final = Headers()


class Requests:
    """ASGI application around another one, for HTTP."""

    def __init__(self, application: Application) -> None:
        """Watch the requests to this application."""
        self.application = application
        self.tracer = trace.get_tracer("asgi_serving")
        meter = metrics.get_meter("asgi_serving")
        self.duration = meter.create_histogram(
            "http.server.request.duration",
            unit="s",
            description="Duration of HTTP server requests.",
            explicit_bucket_boundaries_advisory=BUCKETS,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and tell what was asked, what came of it and how long it took."""
        started = perf_counter()
        method = scope["method"] if scope["method"] in METHODS else "_OTHER"
        common: dict[str, Any] = {"http.request.method": method, "url.scheme": scope["scheme"]}
        status = 0

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with self.tracer.start_as_current_span(
            method,
            context=propagate.extract(scope, getter=HEADERS),
            kind=SpanKind.SERVER,
            attributes=common | {"url.path": scope["path"]},
        ) as span:
            try:
                await self.application(scope, receive, send_and_note)
            finally:
                if route := scope.get(ROUTE):
                    common["http.route"] = route
                    span.update_name(f"{method} {route}")
                if status:
                    common["http.response.status_code"] = status
                if status >= 500:  # noqa: PLR2004  # below, it is the client that errs
                    common["error.type"] = str(status)
                    span.set_status(StatusCode.ERROR)
                if span.is_recording():
                    span.set_attributes(common | _of_client(scope))
                self.duration.record(perf_counter() - started, common)


def _of_client(scope: Scope) -> dict[str, Any]:
    """Return what else a span has: the client's program, and nothing that tells who it is."""
    attributes = {"network.protocol.version": scope["http_version"]}
    for attribute, header in (("server.address", "host"), ("user_agent.original", "user-agent")):
        if values := HEADERS.get(scope, header):
            attributes[attribute] = values[0]
    return attributes


def tell_route_and_errors() -> None:
    """Let Django's handlers, with lanes or without, say which route a request took.

    And let what a view raised be an event of its span: Django answers it, and nobody else sees it.
    """
    resolve = BaseHandler.resolve_request

    @wraps(resolve)
    def resolve_request(self: BaseHandler, request: Any) -> Any:
        match = resolve(self, request)
        if scope := getattr(request, "scope", None):
            scope[ROUTE] = f"/{match.route}"
        return match

    BaseHandler.resolve_request = resolve_request  # type: ignore[method-assign]  # for all handlers
    got_request_exception.connect(_record_exception, weak=False)


def _record_exception(**kwargs: Any) -> None:
    span: Span = trace.get_current_span()
    if error := sys.exception():
        span.record_exception(error)
        span.set_status(Status(StatusCode.ERROR, type(error).__name__))
