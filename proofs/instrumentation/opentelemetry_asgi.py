"""The project's application, with OpenTelemetry's ASGI middleware around Django."""

from asgi_serving.handler.handler import get_handler
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware

django_application = OpenTelemetryMiddleware(get_handler())

from asgi_serving.application.gateway import Gateway  # noqa: E402  # needs Django to be set up

application = Gateway(django_application)
