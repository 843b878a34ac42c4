"""Serves Django over ASGI: by Gunicorn in production, and with reload while developing.

The way of a request: socket, `worker`, `application`, and from there a probe, a static file, a
WebSocket, or Django by `handler`. A project's asgi.py needs `asgi_serving.asgi` and its settings
`asgi_serving.settings`.
"""

__version__ = "0.2.1"
