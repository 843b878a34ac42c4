"""The project's production settings, with as many connections as the machine gives."""

import os

from config.settings.production import *
from config.settings.production import ASGI_SERVING

ROOT_URLCONF = "connections_site.urls"
ASGI_SERVING |= {"WEBSOCKET_ROUTES": "connections_site.urls.routes", "WEBSOCKETS": 1_000_000}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {
            # By default redis-py has 100 connections, and gives up when Channels still waits.
            "hosts": [
                {
                    "address": os.environ["CACHE_URL"],
                    "max_connections": 100_000,
                    "socket_timeout": 60,
                }
            ]
        },
    }
}
