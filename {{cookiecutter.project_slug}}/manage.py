#!/usr/bin/env python
"""Run a management command, with the development settings unless told otherwise."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db.utils import OperationalError


def main() -> None:
    """Run the command in `sys.argv`; what a user can mend is one line, not a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.development")
    try:
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


if __name__ == "__main__":
    main()
