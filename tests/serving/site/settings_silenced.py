"""Settings with a mistake whose check is silenced."""

from tests.serving.site.settings_with_errors import *  # noqa: F403  # the others

SILENCED_SYSTEM_CHECKS = ["asgi_serving.E009"]
