"""The site with OpenTelemetry, whose command instruments Django before anything else runs."""

from tests.instrumentation.opentelemetry_settings import *  # noqa: F403  # the exporter
from tests.instrumentation.settings import INSTALLED_APPS  # noqa: F401  # without the app for it
