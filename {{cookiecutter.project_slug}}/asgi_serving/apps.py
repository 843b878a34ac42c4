"""The Django app that serves the project."""

import os
import sys

import django
from django.apps import AppConfig
from django.core.checks import Tags, register


class AsgiServingConfig(AppConfig):
    """Registers the system checks of the serving stack."""

    name = "asgi_serving"

    def ready(self) -> None:
        """Register the checks under the tag `asgi_serving`; those with `deploy` need `--deploy`."""
        from asgi_serving.checks import (  # noqa: PLC0415  # they need the settings
            databases,
            handler,
            isolation,
            library,
            logs,
            middleware,
            settings,
        )

        register(databases.check_atomic_requests, "asgi_serving")
        register(databases.check_conn_max_age, "asgi_serving")
        register(handler.check_proven_on, "asgi_serving")
        register(isolation.check_reused_threads, "asgi_serving")
        register(library.check_changes, "asgi_serving")
        register(library.check_faults, "asgi_serving")
        register(logs.check_loggers, "asgi_serving", deploy=True)
        register(middleware.check_middleware, "asgi_serving")
        register(settings.check_entries, "asgi_serving")
        if django.VERSION >= (6, 0):
            from asgi_serving.checks import tasks  # noqa: PLC0415  # there are none before

            register(tasks.check_tasks, "asgi_serving", deploy=True)
        if sys.platform == "win32":  # Gunicorn does not run there
            return
        if not os.environ.get("WEB_CONCURRENCY", "unset"):
            del os.environ["WEB_CONCURRENCY"]  # Gunicorn reads it, and takes "" for no number
        from asgi_serving.checks import (  # noqa: PLC0415  # they need Gunicorn
            application,
            configuration,
            connections,
            processes,
            protocols,
            proxy,
            shared_state,
            time_limits,
            versions,
            worker,
        )

        register(application.check_application, "asgi_serving")
        register(application.check_websocket_routes, "asgi_serving")
        register(configuration.check_ignored, "asgi_serving")
        register(configuration.check_loads, "asgi_serving")
        register(configuration.check_names, "asgi_serving")
        # Not `asgi_serving`: Django runs a check of the databases when any tag of it is asked for.
        register(connections.check_server_limit, Tags.database)
        register(connections.check_sizes, "asgi_serving", deploy=True)
        register(processes.check_processes, "asgi_serving", deploy=True)
        register(protocols.check_packages, "asgi_serving")
        register(proxy.check_trust, "asgi_serving", deploy=True)
        register(shared_state.check_caches, "asgi_serving", deploy=True)
        register(shared_state.check_mail, "asgi_serving", deploy=True)
        register(time_limits.check_time_limits, "asgi_serving", deploy=True)
        register(versions.check_context, "asgi_serving")
        register(versions.check_known_faults, "asgi_serving")
        register(versions.check_names, "asgi_serving")
        register(versions.check_requirements, "asgi_serving")
        register(worker.check_worker_class, "asgi_serving")
