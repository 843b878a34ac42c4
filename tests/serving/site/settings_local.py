"""A developer's own settings: nothing need be set for what derives from development's."""

from config.settings.development import *  # noqa: F403  # the settings that hold everywhere

SITE_NAME = "Mine"
