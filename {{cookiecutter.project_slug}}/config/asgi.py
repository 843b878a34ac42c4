"""The ASGI application, as a server imports it."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")

from asgi_serving.handler.handler import get_handler

django_application = get_handler()

from asgi_serving.application.gateway import Gateway  # noqa: E402  # needs Django to be set up

application = Gateway(django_application)
