"""Settings that silence what a worker finds wrong with the application that it has loaded."""

from tests.serving.site.settings import *  # noqa: F403  # the others

SILENCED_SYSTEM_CHECKS = ["asgi_serving.E007"]
