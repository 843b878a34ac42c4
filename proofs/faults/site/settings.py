"""The project's production settings, with pages on which faults show."""

from config.settings.production import *

ROOT_URLCONF = "fault_site.urls"
WEBSOCKET_ROUTES = "fault_site.urls.websocket_routes"
