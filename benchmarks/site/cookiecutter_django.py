"""The same settings with the serving choices of cookiecutter-django.

Its eleven middleware, WhiteNoise among them, and a connection that is kept for a minute, see
https://github.com/cookiecutter/cookiecutter-django, config/settings/{base,production}.py.
"""

from benchmark_site.project import *
from benchmark_site.project import DATABASES, INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "allauth", "allauth.account", "corsheaders"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
DATABASES["default"]["CONN_MAX_AGE"] = 60
DATABASES["default"]["CONN_HEALTH_CHECKS"] = False
DATABASES["default"].get("OPTIONS", {}).pop("pool", None)
