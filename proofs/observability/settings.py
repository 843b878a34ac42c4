"""The site as production serves it, with pages that report."""

from tests.serving.site.settings import *  # noqa: F403  # production's settings, with files elsewhere

ROOT_URLCONF = "tests.observability.pages"
