"""The project's production settings, with the pages that are measured."""

from config.settings.production import *
from config.settings.production import BASE_DIR, STATICFILES_DIRS

# Not every peer takes the scheme from the proxy.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
ROOT_URLCONF = "benchmark_site.urls"
STATICFILES_DIRS = [*STATICFILES_DIRS, BASE_DIR / "benchmark_static"]
