"""The site as production serves it, with pages that tell what the tools must see."""

from tests.serving.site.settings import *  # noqa: F403  # production's settings, with files elsewhere

ROOT_URLCONF = "tests.instrumentation.urls"
