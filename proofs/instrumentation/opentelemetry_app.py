"""Adds OpenTelemetry's middleware when the settings are complete and before it is loaded."""

from django.apps import AppConfig
from opentelemetry.instrumentation.django import DjangoInstrumentor


class Instrumented(AppConfig):
    """Instruments Django in each process."""

    name = "tests.instrumentation"

    def ready(self):
        """Put the middleware into the settings."""
        DjangoInstrumentor().instrument()
