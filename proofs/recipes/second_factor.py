"""Production's settings, where the admin needs a second factor."""

from tests.production_settings import *  # noqa: F403

ADMIN_NEEDS_SECOND_FACTOR = True
