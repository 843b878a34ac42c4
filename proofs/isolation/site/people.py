"""Make the tables, put users, their sessions and invoices there, and print the cookies.

python -m isolation_site.people 12
"""

import json
import sys

import django

django.setup()

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from isolation_site.models import Account, Invoice

call_command("makemigrations", "isolation_site", verbosity=0)
call_command("migrate", interactive=False, verbosity=0)

cookies = {}
for number in range(int(sys.argv[1])):
    user = get_user_model().objects.create(username=f"user-{number}")
    account = Account.objects.create(owner=user)
    Invoice.objects.create(account=account, number=f"invoice of {user.username}")
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    cookies[user.username] = f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
print(json.dumps(cookies))
