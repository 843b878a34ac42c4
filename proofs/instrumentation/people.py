"""Make users who are logged in, and print the sessions' keys: {username: [id, key]}."""

import json
import sys

import django

PEOPLE = 50
BACKEND = "django.contrib.auth.backends.ModelBackend"


def log_in_everyone():
    """Return id and session's key of each new user, by the username."""
    from django.contrib import auth  # noqa: PLC0415  # Django must be set up
    from django.contrib.sessions.backends.db import SessionStore  # noqa: PLC0415

    sessions = {}
    for number in range(1, PEOPLE + 1):
        name = f"user-{number}"
        user = auth.get_user_model().objects.create(username=name, email=f"{name}@example.com")
        session = SessionStore()
        session[auth.SESSION_KEY] = str(user.pk)
        session[auth.BACKEND_SESSION_KEY] = BACKEND
        session[auth.HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        sessions[name] = [str(user.pk), session.session_key]
    return sessions


if __name__ == "__main__":
    django.setup()
    json.dump(log_in_everyone(), sys.stdout)
