"""A site with a user, her session and her token, served by Gunicorn."""

import json
import os
from contextlib import contextmanager
from typing import NamedTuple

from tests.serving.server import Server, gunicorn, manage, production_environment

CSRF_TOKEN = "c" * 32
"""As Django keeps it in a session."""

MAKE_CALLER = """
import json
from importlib import import_module

from django.conf import settings
from django.contrib import auth
from my_project.api.models import Token

ada = auth.get_user_model().objects.create_superuser("ada@example.com", password="a long password")
session = import_module(settings.SESSION_ENGINE).SessionStore()
session[auth.SESSION_KEY] = str(ada.pk)
session[auth.BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
session[auth.HASH_SESSION_KEY] = ada.get_session_auth_hash()
session["_csrftoken"] = "c" * 32
session.create()
token = Token.new(ada, "contract")
token.save()
print(json.dumps({"session": session.session_key, "key": token.key}))
"""


class Site(NamedTuple):
    """A running site, and by which session or key it knows Ada."""

    server: Server
    session: str
    key: str


@contextmanager
def served(folder, **changes):
    """Migrate, collect, and serve in production's settings, on the database that is named."""
    if url := os.environ.get("API_DATABASE_URL"):
        changes |= {"DATABASE_URL": url}
    env = production_environment(
        folder, DJANGO_SETTINGS_MODULE="tests.api.settings", WEB_CONCURRENCY="1", **changes
    )
    for command in (
        ("migrate", "--no-input"),
        ("collectstatic", "--no-input"),
        ("shell", "-v", "0", "--command", MAKE_CALLER),
    ):
        done = manage(*command, env=env)
        assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    with gunicorn(folder, env) as server:
        yield Site(server, made["session"], made["key"])
