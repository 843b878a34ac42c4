"""Settings for production: everything that matters comes from the environment."""

from asgi_serving.logs import logging_config
from config.settings.base import *  # noqa: F403  # the settings that hold everywhere
from config.settings.base import STORAGES, env

env.require()

# HTTPS, which the proxy ends: the server takes its word for it if it is in FORWARDED_ALLOW_IPS
SECURE_SSL_REDIRECT: bool = env["SECURE_SSL_REDIRECT"]
SECURE_HSTS_SECONDS: int = env["SECURE_HSTS_SECONDS"]
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-sessionid"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrftoken"
# HSTS for subdomains and browsers' preload lists is the domain owner's decision.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

# File names hold a hash of the content, so that browsers may keep files for ever.
STORAGES["staticfiles"]["BACKEND"] = "servestatic.storage.CompressedManifestStaticFilesStorage"

LOG_FORMAT = env["LOG_FORMAT"] or "json"
LOGGING = logging_config(level=env["LOG_LEVEL"], form=LOG_FORMAT)
