"""Production's settings, with a few more pages and files outside the project."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from config.settings.production import *  # noqa: F403  # production's settings
from config.settings.production import ASGI_SERVING, TEMPLATES

ROOT_URLCONF = "tests.serving.site.urls"
ASGI_SERVING["WEBSOCKET_ROUTES"] = "tests.serving.site.websocket.routes"
STATIC_ROOT = Path(os.environ["TEST_STATIC_ROOT"])

if "TEST_TEMPLATES" in os.environ:
    TEMPLATES[0]["DIRS"].append(Path(os.environ["TEST_TEMPLATES"]))
if "TEST_SETTINGS_CODE" in os.environ:
    code = Path(os.environ["TEST_SETTINGS_CODE"]).read_text()
    exec(code, {"ImproperlyConfigured": ImproperlyConfigured})  # noqa: S102  # the test has written it
