"""Development's settings, with Vite's server at a port that was free."""

import os

from config.settings.development import *  # noqa: F403
from config.settings.development import DJANGO_VITE, SECURE_CSP

PORT = os.environ["VITE_PORT"]
DJANGO_VITE["default"]["dev_server_port"] = PORT
for directive, sources in SECURE_CSP.items():
    SECURE_CSP[directive] = [source.replace("5173", PORT) for source in sources]
