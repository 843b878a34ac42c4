"""Settings of all candidates: what differs is under the name of each."""

import os
from urllib.parse import urlsplit

CANDIDATE = os.environ["CANDIDATE"]
LEASE = int(os.environ["LEASE"])
SECRET_KEY = "proof"
USE_TZ = True
INSTALLED_APPS = ["proofs.tasks_bakeoff.site"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
_url = urlsplit(os.environ["DATABASE_URL"])
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _url.path[1:],
        "USER": _url.username,
        "PASSWORD": _url.password,
        "HOST": _url.hostname,
        "PORT": _url.port,
        "CONN_MAX_AGE": 0,
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 6, "timeout": 5}},
    }
}
LOGGING = {
    "version": 1,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}

if CANDIDATE == "django-tasks-db":
    INSTALLED_APPS += ["django_tasks_db"]
    TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
elif CANDIDATE == "django-tasks-db + 200 lines":
    INSTALLED_APPS += ["django_tasks_db", "proofs.tasks_bakeoff.site.leased"]
    TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
elif CANDIDATE == "dj-queue":
    INSTALLED_APPS += ["dj_queue"]
    DATABASE_ROUTERS = ["dj_queue.routers.DjQueueRouter"]
    TASKS = {
        "default": {
            "BACKEND": "dj_queue.backend.DjQueueBackend",
            "QUEUES": [],
            "OPTIONS": {
                "workers": [{"queues": "*", "threads": 2, "processes": 1}],
                "process_heartbeat_interval": 1,
                "process_alive_threshold": LEASE,
                "shutdown_timeout": 25,
            },
        }
    }
elif CANDIDATE == "django-ox":
    INSTALLED_APPS += ["django_ox"]
    TASKS = {
        "default": {
            "BACKEND": "django_ox.backend.OxBackend",
            "OPTIONS": {"LOCK_TIMEOUT": LEASE, "MAX_ATTEMPTS": 5, "BACKOFF_INITIAL": 1},
        }
    }
