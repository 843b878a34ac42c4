"""Settings with a mistake that a system check finds, and that no start would show."""

from tests.serving.site.settings import *  # noqa: F403  # the others
from tests.serving.site.settings import DATABASES

DATABASES["default"]["CONN_MAX_AGE"] = 60
