"""The Django app that serves the project."""

import sys

from django.apps import AppConfig
from django.core.checks import Tags, register


class ServingConfig(AppConfig):
    """Registers the system checks of the serving stack."""

    name = "serving"

    def ready(self) -> None:
        """Register the checks under the tag `serving`; those with `deploy` need `--deploy`."""
        from serving.checks import (  # noqa: PLC0415  # they need the settings
            databases,
            handler,
            isolation,
            logs,
            middleware,
        )

        register(databases.check_atomic_requests, "serving")
        register(databases.check_conn_max_age, "serving")
        register(handler.check_proven_on, "serving")
        register(isolation.check_reused_threads, "serving")
        register(logs.check_loggers, "serving", deploy=True)
        register(middleware.check_middleware, "serving")
        if sys.platform == "win32":  # Gunicorn does not run there
            return
        from serving.checks import (  # noqa: PLC0415  # they need Gunicorn
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

        register(application.check_application, "serving")
        register(application.check_websocket_routes, "serving")
        register(configuration.check_ignored, "serving")
        register(configuration.check_loads, "serving")
        register(configuration.check_names, "serving")
        # Not `serving`: Django runs a check of the databases when any tag of it is asked for.
        register(connections.check_server_limit, Tags.database)
        register(connections.check_sizes, "serving", deploy=True)
        register(processes.check_processes, "serving", deploy=True)
        register(protocols.check_packages, "serving")
        register(proxy.check_trust, "serving", deploy=True)
        register(shared_state.check_caches, "serving", deploy=True)
        register(shared_state.check_mail, "serving", deploy=True)
        register(shared_state.check_tasks, "serving", deploy=True)
        register(time_limits.check_time_limits, "serving", deploy=True)
        register(versions.check_context, "serving")
        register(versions.check_known_faults, "serving")
        register(versions.check_requirements, "serving")
        register(worker.check_worker_class, "serving")
