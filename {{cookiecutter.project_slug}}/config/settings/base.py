"""Settings that hold everywhere. See https://docs.djangoproject.com/en/6.1/ref/settings/."""

from datetime import timedelta
from typing import Any

from django.utils.csp import CSP

from asgi_serving.environment.caches import cache_from
from asgi_serving.environment.databases import database_from
from asgi_serving.environment.mailers import mailer_from
from asgi_serving.environment.reading import Environment
from asgi_serving.environment.serving_variables import serving_entries
from asgi_serving.environment.storages import origins_of, storages_from
from asgi_serving.logs import logging_config
{%- if cookiecutter.accounts == 'allauth' %}
from config.settings.accounts import *  # noqa: F403  # what accounts need
{%- endif %}
{%- if cookiecutter.tasks != 'none' %}
from config.settings.tasks import *  # noqa: F403  # they are settings as all others
from config.settings.tasks import TASK_APPS
{%- endif %}
from config.variables import BASE_DIR, GROUPS

env = Environment(GROUPS)

SITE_NAME, SITE_DESCRIPTION = (
    {{ cookiecutter.__project_name_python }},
    {{ cookiecutter.__description_python }},
)

# Applications
INSTALLED_APPS = [
    "asgi_serving",  # first, because its runserver replaces Django's
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
{%- if cookiecutter.accounts == 'allauth' %}
    "allauth",
    "allauth.account",
    "allauth.mfa",
{%- endif %}
{%- if cookiecutter.tasks != 'none' %}
    *TASK_APPS,
{%- endif %}
    "{{ cookiecutter.project_slug }}.users",
    "{{ cookiecutter.project_slug }}.home",
]

MIDDLEWARE = [
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
{%- if cookiecutter.accounts == 'allauth' %}
    "allauth.account.middleware.AccountMiddleware",
{%- endif %}
    "axes.middleware.AxesMiddleware",  # last, as its documentation asks
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
ADMIN_URL: str = env["ADMIN_URL"].strip("/") + "/"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "{{ cookiecutter.project_slug }}" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "{{ cookiecutter.project_slug }}.home.context_processors.site",
{%- if cookiecutter.accounts == 'allauth' %}
                "{{ cookiecutter.project_slug }}.users.context_processors.visitor",
{%- endif %}
            ],
        },
    },
]

# Services
DATABASES = {"default": database_from(env, BASE_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": cache_from(env["CACHE_URL"], env["CACHE_PASSWORD"])}
MAILERS = {"default": mailer_from(env["EMAIL_URL"])}
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env["DEFAULT_FROM_EMAIL"]

# How requests are served, see docs/environment.md
ASGI_SERVING: dict[str, Any] = {
    **serving_entries(env),
    "WEBSOCKET_ROUTES": "config.websocket.routes",
}

# Users
AUTH_USER_MODEL = "users.User"
LOGIN_REDIRECT_URL = "home"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # counts failures, and knows nobody
    "{{ 'allauth.account.auth_backends.AuthenticationBackend' if cookiecutter.accounts == 'allauth' else 'django.contrib.auth.backends.ModelBackend' }}",
]
AXES_VERBOSE = False  # it would write a line into the output of each command
AXES_HANDLER = "{{ cookiecutter.project_slug }}.users.lockout.LockoutHandler"
AXES_CLIENT_IP_CALLABLE = "{{ cookiecutter.project_slug }}.users.lockout.network"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # what is refused is not written either
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "429.html"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# Security
SECRET_KEY: str = env["SECRET_KEY"]
SECRET_KEY_FALLBACKS: list[str] = env["SECRET_KEY_FALLBACKS"]
ALLOWED_HOSTS: list[str] = env["ALLOWED_HOSTS"]
CSRF_TRUSTED_ORIGINS: list[str] = env["CSRF_TRUSTED_ORIGINS"]
X_FRAME_OPTIONS = "DENY"
SECURE_CSP: dict[str, list[str]] = {  # docs/policy.md
    "default-src": [CSP.SELF],
    "script-src": [CSP.SELF, CSP.NONCE],
    "img-src": [CSP.SELF, "data:", *origins_of(env["STORAGE_URL"])],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}
SECURE_CSP_REPORT_ONLY: dict[str, list[str]] = {}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    feature: [] for feature in ("camera", "geolocation", "microphone", "payment", "usb")
}

# Language and time
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
TIME_ZONE = "{{ cookiecutter.timezone }}"
LOCALE_PATHS = [BASE_DIR / "{{ cookiecutter.project_slug }}" / "locale"]
USE_TZ = True

# Files
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "{{ cookiecutter.project_slug }}" / "static"]
MEDIA_URL = "media/"
MEDIA_ROOT = BASE_DIR / "media"
STORAGES = storages_from(env["STORAGE_URL"], MEDIA_ROOT)  # docs/files.md

# Logs
LOG_FORMAT: str = env["LOG_FORMAT"] or "text"
LOGGING = logging_config(level=env["LOG_LEVEL"], form=LOG_FORMAT)
{%- if cookiecutter.api != 'none' %}

# The API
from config.settings.api import *  # noqa: E402, F403  # what it says holds as well
from config.settings.api import API_APPS  # noqa: E402

INSTALLED_APPS += API_APPS
MIDDLEWARE.insert(
    0,
    "{{ cookiecutter.project_slug }}.api.problems.problem_middleware",
)
{%- endif %}
