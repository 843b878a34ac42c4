#!/usr/bin/env python
"""Run a management command, with the development settings unless told otherwise."""

import os
import sys

from asgi_serving.management.command_line import execute

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.development")
    execute(sys.argv)
