"""Settings with a middleware that reads a table when it is made."""

from tests.serving.site.settings import *  # noqa: F403  # the others
from tests.serving.site.settings import MIDDLEWARE

MIDDLEWARE = [*MIDDLEWARE, "tests.serving.site.reading_a_table.CountsUsers"]
