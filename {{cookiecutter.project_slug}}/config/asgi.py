"""The ASGI application, as a server imports it."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")

django_application = get_asgi_application()

from serving.gateway import Gateway  # noqa: E402  # needs the settings

application = Gateway(django_application)
