"""The ASGI application, as a server imports it."""

import os

from asgi_serving.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")

application = get_asgi_application()
