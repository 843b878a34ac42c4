"""The project's production settings, with pages on which faults show."""

from config.settings.production import *
from config.settings.production import ASGI_SERVING

ROOT_URLCONF = "fault_site.urls"
ASGI_SERVING["WEBSOCKET_ROUTES"] = "fault_site.urls.websocket_routes"
