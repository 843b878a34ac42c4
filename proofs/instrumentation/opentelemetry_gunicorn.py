"""The project's server settings, with the application of `opentelemetry_asgi`."""

import runpy

globals().update(runpy.run_path("gunicorn.conf.py"))
wsgi_app = "tests.instrumentation.opentelemetry_asgi:application"
