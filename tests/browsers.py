"""Whether pages can be opened in a browser here."""

from __future__ import annotations

import shutil
from typing import Final

BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING: Final = not any(map(shutil.which, BROWSERS))
