"""Settings with an entry that the library cannot use."""

from tests.serving.site.settings import *  # noqa: F403  # the others

ASGI_SERVING = {"LANES": "many"}
