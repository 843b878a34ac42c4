"""The Django app that serves the project."""

import sys

from django.apps import AppConfig
from django.core.checks import register


class ServingConfig(AppConfig):
    """Registers the system checks of the serving stack."""

    name = "serving"

    def ready(self) -> None:
        """Register the checks under the tag `serving`."""
        from serving.checks import handler  # noqa: PLC0415  # it needs the settings

        register(handler.check_proven_on, "serving")
        if sys.platform == "win32":  # Gunicorn does not run there
            return
        from serving.checks import versions, worker  # noqa: PLC0415  # they need Gunicorn

        register(versions.check_requirements, "serving")
        register(versions.check_known_pairs, "serving")
        register(worker.check_worker_class, "serving")
