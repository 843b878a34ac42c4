"""Production's settings, with a few more pages and files outside the project."""

import os
from pathlib import Path

from config.settings.production import *  # noqa: F403  # production's settings

ROOT_URLCONF = "tests.site.urls"
WEBSOCKET_ROUTES = "tests.site.websocket.routes"
STATIC_ROOT = Path(os.environ["TEST_STATIC_ROOT"])
