"""The project's application, with OpenTelemetry's ASGI middleware around Django."""

from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from serving.handler import get_handler

django_application = OpenTelemetryMiddleware(get_handler())

from serving.gateway import Gateway  # noqa: E402  # needs Django to be set up

application = Gateway(django_application)
