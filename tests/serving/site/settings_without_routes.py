"""Settings whose WebSockets are nowhere."""

from tests.serving.site.settings import *  # noqa: F403  # the others

ASGI_SERVING = {"WEBSOCKET_ROUTES": "config.nowhere.routes", "CHECK_AT_START": False}
