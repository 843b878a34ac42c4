"""Gunicorn's settings, all of them: the command is `gunicorn`, without a flag.

What differs between machines comes from the environment (docs/environment.md). Reference:
https://gunicorn.org/reference/settings/
"""

import importlib
import sys
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from asgi_serving.environment.reading import Environment
from asgi_serving.logs import logging_config
from asgi_serving.server.cpus import usable_cpus
from config import variables

# A reload (HUP) runs this file again in a master that still holds the old module.
importlib.reload(variables)

try:
    env = Environment(variables.GROUPS)
except ImproperlyConfigured as error:
    sys.exit(f"gunicorn.conf.py: {error}")

# The gateway: probes, static files, WebSockets and Django.
wsgi_app = "config.asgi:application"
worker_class = env["GUNICORN_WORKER_CLASS"]

# Only the machine itself reaches the default; a container or platform says otherwise.
bind = env["GUNICORN_BIND"] or (f"0.0.0.0:{env['PORT']}" if env["PORT"] else "127.0.0.1:8000")

# One event loop keeps one CPU busy; more workers than CPUs only cost memory and connections.
# A container's CPU limit is a quota that the operating system's count does not show.
workers = env["WEB_CONCURRENCY"] or usable_cpus()

# A heartbeat, not a limit on requests: the worker's event loop was stuck for so long.
timeout = env["GUNICORN_TIMEOUT"]

# Shorter than the container's stop_grace_period, or the requests are killed with it.
graceful_timeout = env["GUNICORN_GRACEFUL_TIMEOUT"]

# Longer than the proxy's idle time-out: it must be the proxy that closes idle connections,
# else it sends a request into one that is just closing and answers 502.
keepalive = env["GUNICORN_KEEPALIVE"]

# Against slow leaks; the jitter keeps workers from being replaced all at once.
max_requests = env["GUNICORN_MAX_REQUESTS"]
max_requests_jitter = max_requests // 10

# The heartbeat is a file: on a disk, a busy one stops the workers for it.
shared_memory = Path("/dev/shm")  # noqa: S108  # Gunicorn makes a private file there
worker_tmp_dir = str(shared_memory) if shared_memory.is_dir() else None

# Anyone else could forge the client's address and HTTPS.
forwarded_allow_ips = ",".join(env["FORWARDED_ALLOW_IPS"])

# It needs a writable home, and two servers of one user take it from each other.
control_socket_disable = True

# Gunicorn's and Uvicorn's lines look like Django's.
accesslog = None
logconfig_dict = logging_config(level=env["LOG_LEVEL"], form=env["LOG_FORMAT"] or "json")
