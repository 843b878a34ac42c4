"""Settings with connections that are kept, which is no mistake on lanes."""

from tests.serving.site.settings import *  # noqa: F403  # the others
from tests.serving.site.settings import DATABASES

DATABASES["default"]["CONN_MAX_AGE"] = 60
