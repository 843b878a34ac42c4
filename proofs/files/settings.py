"""The site as production serves it, with forms for files."""

import os
from pathlib import Path

from asgi_serving.environment.storages import storages_from

from tests.serving.site.settings import *  # noqa: F403  # production's settings, with files elsewhere
from tests.serving.site.settings import STORAGES, env

ROOT_URLCONF = "tests.files.pages"
MEDIA_ROOT = Path(os.environ["TEST_MEDIA_ROOT"])
STORAGES |= storages_from(env["STORAGE_URL"], MEDIA_ROOT) | {"staticfiles": STORAGES["staticfiles"]}
