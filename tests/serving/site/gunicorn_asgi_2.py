"""The project's server settings, for an application that Uvicorn takes for one of ASGI 2."""

import runpy

globals().update(runpy.run_path("gunicorn.conf.py"))

wsgi_app = "tests.serving.site.asgi_2:application"
