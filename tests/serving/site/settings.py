"""Production's settings, with a few more pages and files outside the project."""

import os
from pathlib import Path

from config.settings.production import *  # noqa: F403  # production's settings
from config.settings.production import ASGI_SERVING

ROOT_URLCONF = "tests.serving.site.urls"
ASGI_SERVING["WEBSOCKET_ROUTES"] = "tests.serving.site.websocket.routes"
STATIC_ROOT = Path(os.environ["TEST_STATIC_ROOT"])
