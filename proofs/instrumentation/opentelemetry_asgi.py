"""The project's application, with OpenTelemetry's ASGI middleware around Django."""

from asgi_serving.asgi import get_handler, serve_by_gateway
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware

application = serve_by_gateway(OpenTelemetryMiddleware(get_handler()))
