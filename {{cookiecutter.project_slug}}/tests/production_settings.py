"""Production's settings, with the collected files in a folder of the test's own."""

import os
from pathlib import Path

from config.settings.production import *  # noqa: F403  # production's settings

STATIC_ROOT = Path(os.environ["TEST_STATIC_ROOT"])
