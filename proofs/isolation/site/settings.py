"""The project's production settings, with other people's packages and databases to leave open."""

import os
from pathlib import Path

import structlog
from asgi_serving.environment.databases import database_from
from config.settings.production import *
from config.settings.production import DATABASES, INSTALLED_APPS, LANGUAGES, MIDDLEWARE, TEMPLATES

INSTALLED_APPS = [
    *INSTALLED_APPS,
    "auditlog",
    "django_structlog",
    "silk",
    "simple_history",
    "isolation_site",
]
# It sets the language of each request, and so would hide what an earlier one left.
MIDDLEWARE = [name for name in MIDDLEWARE if not name.endswith(".LocaleMiddleware")]
LANGUAGES = [*LANGUAGES, ("de", "German")]
ROOT_URLCONF = "isolation_site.urls"
TEMPLATES[0]["DIRS"] = [Path(__file__).with_name("templates")]
SILKY_AUTHENTICATION = True
STATIC_ROOT = Path(__file__).with_name("templates")  # no page has a style
STORAGES = {
    name: {"BACKEND": backend}
    for name, backend in {
        "default": "django.core.files.storage.FileSystemStorage",
        "staticfiles": "django.contrib.staticfiles.storage.StaticFilesStorage",
    }.items()
}

# One for each scenario that may leave it locked.
DATABASES |= {
    path.stem: database_from({"DATABASE_URL": f"sqlite:///{path}"}, path.parent)
    for path in sorted(Path(os.environ["SQLITE_FOLDER"]).glob("*.sqlite3"))
}
for name in DATABASES.keys() - {"default"}:
    DATABASES[name]["OPTIONS"]["timeout"] = 1

# Without this it draws tracebacks, which takes longer than all else.
structlog.configure(
    processors=[structlog.contextvars.merge_contextvars, structlog.processors.JSONRenderer()]
)

if os.environ.get("REPORTS"):
    from isolation_site import reports

    reports.start()
