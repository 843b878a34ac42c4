"""The Django app that serves the project."""

import os
import sys

import django
from django.apps import AppConfig
from django.core.checks import Tags


class AsgiServingConfig(AppConfig):
    """Registers the system checks of the serving stack, and starts what watches over the process."""

    name = "asgi_serving"

    def ready(self) -> None:
        """Register the checks under the tag `asgi_serving`; those with `deploy` need `--deploy`.

        Raises ImproperlyConfigured: a setting names a place to report to that is none.
        """
        from asgi_serving.telemetry.start import start_telemetry  # noqa: PLC0415  # it needs them too

        start_telemetry()
        from asgi_serving.checks import (  # noqa: PLC0415  # they need the settings
            databases,
            handler,
            isolation,
            library,
            logs,
            middleware,
            settings,
        )
        from asgi_serving.checks.registration import (  # noqa: PLC0415
            register,
            register_for_gunicorn,
        )

        register(databases.check_atomic_requests)
        register(databases.check_conn_max_age)
        register(handler.check_proven_on)
        register(isolation.check_reused_threads)
        register(library.check_changes)
        register(library.check_faults)
        register(logs.check_loggers, deploy=True)
        register(middleware.check_middleware)
        register(settings.check_entries)
        if django.VERSION >= (6, 0):
            from asgi_serving.checks import tasks  # noqa: PLC0415  # there are none before

            register(tasks.check_tasks, deploy=True)
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

        register_for_gunicorn(application.check_application)
        register_for_gunicorn(application.check_websocket_routes)
        register_for_gunicorn(configuration.check_ignored)
        register_for_gunicorn(configuration.check_loads)
        register_for_gunicorn(configuration.check_names)
        # Not `asgi_serving`: Django runs a check of the databases when any tag of it is asked for.
        register_for_gunicorn(connections.check_server_limit, Tags.database)
        register_for_gunicorn(connections.check_sizes, deploy=True)
        register_for_gunicorn(processes.check_processes, deploy=True)
        register(protocols.check_packages)
        register_for_gunicorn(proxy.check_trust, deploy=True)
        register_for_gunicorn(shared_state.check_caches, deploy=True)
        register_for_gunicorn(shared_state.check_messages, deploy=True)
        register(shared_state.check_mail, deploy=True)
        register_for_gunicorn(time_limits.check_time_limits, deploy=True)
        register(versions.check_context)
        register_for_gunicorn(versions.check_known_faults)
        register(versions.check_names)
        register(versions.check_requirements)
        register_for_gunicorn(worker.check_worker_class)
