"""Settings for a developer's machine: SQLite, local memory, and errors shown in the browser."""

from importlib.util import find_spec

from asgi_serving.environment.reading import read_dotenv
from config.variables import BASE_DIR

read_dotenv(BASE_DIR / ".env")

from config.settings.base import *  # noqa: E402, F403  # they read what was just set
from config.settings.base import (  # noqa: E402
    ALLOWED_HOSTS,
    INSTALLED_APPS,
    MIDDLEWARE,
    SECURE_CSP,
    SECURE_CSP_REPORT_ONLY,
    TEMPLATES,
)

DEBUG = True
# Names that nobody else can point here, so that no other site reads these pages by one of its own.
ALLOWED_HOSTS += [".localhost", "127.0.0.1", "[::1]", "web", "host.docker.internal"]
INTERNAL_IPS = ["127.0.0.1", "::1"]

# Browsers tell what a policy blocks, and the log names it.
for policy in (SECURE_CSP, SECURE_CSP_REPORT_ONLY):
    if policy:
        policy["report-uri"] = ["/__policy__/"]

# Templates are read anew for each page.
TEMPLATES[0]["APP_DIRS"] = False
TEMPLATES[0]["OPTIONS"]["loaders"] = [
    "django.template.loaders.filesystem.Loader",
    "django.template.loaders.app_directories.Loader",
]

if find_spec("debug_toolbar"):
    INSTALLED_APPS += ["debug_toolbar"]
    MIDDLEWARE.insert(0, "debug_toolbar.middleware.DebugToolbarMiddleware")
    DEBUG_TOOLBAR_CONFIG = {
        "SHOW_TOOLBAR_CALLBACK": "debug_toolbar.middleware.show_toolbar_with_docker",
        "SHOW_COLLAPSED": True,
    }
