#!/usr/bin/env python
"""Run a management command, with the development settings unless told otherwise."""

import os
import sys

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db.utils import OperationalError

from asgi_serving.databases.pools import close_databases
from asgi_serving.management.commands.runserver import Command as Runserver


def main() -> None:
    """Run the command in `sys.argv`; what a user can mend is one line, not a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.development")
    try:
        if sys.argv[1:2] == ["runserver"]:
            # Past Django, which reads the settings first: runserver outlives broken ones.
            Runserver().run_from_argv(sys.argv)
        else:
            execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"manage.py: {error}")
    except ModuleNotFoundError as error:
        settings_module = os.environ["DJANGO_SETTINGS_MODULE"]
        if not f"{settings_module}.".startswith(f"{error.name}."):
            raise
        sys.exit(f"manage.py: DJANGO_SETTINGS_MODULE names no module: {settings_module}")
    except OperationalError as error:
        reason = " ".join(str(error).split())
        sys.exit(f"manage.py: the database cannot be used (see DATABASE_URL): {reason}")
    finally:
        if settings.configured:
            # Else the pool's threads keep the process from ending for 20 seconds.
            close_databases(initialized_only=True)


if __name__ == "__main__":
    main()
