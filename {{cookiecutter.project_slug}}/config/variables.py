"""The environment variables of this project, in one list.

Settings and `gunicorn.conf.py` read them. `.env.example` and `docs/environment.md` are made from
this list by `python -m config.variables`.
"""

from pathlib import Path
from typing import Final

from asgi_serving.environment.documents import write_documents
from asgi_serving.environment.serving_variables import SERVING
from asgi_serving.environment.variable import Groups, Variable
{%- if cookiecutter.tasks == 'celery' %}
from config.queue_variables import QUEUE
{%- endif %}

BASE_DIR: Final = Path(__file__).resolve().parent.parent

SECURITY = (
    Variable(
        "SECRET_KEY",
        "insecure-and-for-development-only",
        "Signs sessions, password resets and messages: at least 50 random characters.",
        required=True,
        secret=True,
    ),
    Variable(
        "SECRET_KEY_FALLBACKS",
        [],
        "Former keys, accepted for as long as what they signed shall stay valid.",
        secret=True,
    ),
    Variable(
        "ALLOWED_HOSTS",
        [],
        "Host names that the site answers to; while developing, besides those of this machine.",
        required=True,
    ),
    Variable(
        "CSRF_TRUSTED_ORIGINS",
        [],
        "Other origins that may send forms and open WebSockets, such as https://app.example.com.",
    ),
    Variable("ADMIN_URL", "admin/", "Path of the admin, without a leading slash."),
    Variable(
        "SECURE_SSL_REDIRECT", default=True, meaning="Production redirects plain HTTP to HTTPS."
    ),
    Variable(
        "SECURE_HSTS_SECONDS",
        2_592_000,
        "How long browsers insist on HTTPS after a visit, in seconds; 30 days.",
    ),
)

GROUPS: Final[Groups] = {"Security": SECURITY, **SERVING{% if cookiecutter.tasks == 'celery' %}, "Tasks": QUEUE{% endif %}}

if __name__ == "__main__":
    write_documents(GROUPS, BASE_DIR)
