"""The project's development settings, and all the packages."""

from config.settings.development import *  # noqa: F403  # the project's settings
from config.settings.development import INSTALLED_APPS, MIDDLEWARE, TEMPLATES

INSTALLED_APPS = [
    *INSTALLED_APPS,
    "corsheaders",
    "django_htmx",
    "allauth",
    "allauth.account",
    "ninja",
    "rest_framework",
]
MIDDLEWARE = [
    "corsheaders.middleware.CorsMiddleware",
    *MIDDLEWARE,
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "tests.third_parties.urls"
TEMPLATES[0]["DIRS"] = []
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_EMAIL_VERIFICATION = "none"
CORS_ALLOWED_ORIGINS = ["https://friend.example"]
CORS_ALLOW_CREDENTIALS = True
REST_FRAMEWORK = {"DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"]}
DEBUG_TOOLBAR_CONFIG = {
    # Its panels show times, so that no two pages with them are the same.
    "SHOW_TOOLBAR_CALLBACK": lambda request: request.path.startswith("/toolbar/"),
}
