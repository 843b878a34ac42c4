"""Management commands as a manage.py runs them: Django's own, but for three things.

What a person can mend is one line and not a traceback, `runserver` outlives broken settings, and
database pools are closed at the end.
"""

import os
import sys

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db.utils import OperationalError

from asgi_serving.databases.pools import close_databases
from asgi_serving.management.commands.runserver import Command as Runserver


def execute(argv: list[str]) -> None:
    """Run a command, as `django.core.management.execute_from_command_line` does.

    Raises SystemExit with one line: the settings are wrong, or the database cannot be used.
    """
    try:
        if argv[1:2] == ["runserver"]:
            # Past Django, which reads the settings first.
            Runserver().run_from_argv(argv)
        else:
            execute_from_command_line(argv)
    except ImproperlyConfigured as error:
        sys.exit(f"manage.py: {error}")
    except ModuleNotFoundError as error:
        settings_module = os.environ.get("DJANGO_SETTINGS_MODULE", "")
        if not f"{settings_module}.".startswith(f"{error.name}."):
            raise
        sys.exit(f"manage.py: DJANGO_SETTINGS_MODULE names no module: {settings_module}")
    except OperationalError as error:
        reason = " ".join(str(error).split())
        sys.exit(
            f"manage.py: the database cannot be used (see DATABASES, or DATABASE_URL): {reason}"
        )
    finally:
        if settings.configured:
            # Else the pool's threads keep the process from ending for 20 seconds.
            close_databases(initialized_only=True)
