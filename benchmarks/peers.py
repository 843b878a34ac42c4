"""Who is measured: the project, and what Django teams run today."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

ASGI: Final = "benchmark_site.asgi:application"
WSGI: Final = "benchmark_site.wsgi:application"

POOL: Final = 10
"""Database connections of each worker that has a pool, and the lanes of the project's."""


@dataclass(frozen=True, eq=False)
class Peer:
    """A way to serve the pages.

    command: the server, as a module with arguments; `{port}` and `{workers}` are filled in.
    settings: the Django settings, a module of `benchmarks/site`.
    at_home: whether the server starts in the project's folder, where its gunicorn.conf.py is.
    environment: variables besides those that all have; `{collector}` is filled in.
    leaks: whether each request leaves a database connection open.
    revision: the commit of this repository whose project serves; empty for the files as they are.
    answers: those with which the project is made, where they are not `OFF`.
    """

    name: str
    command: tuple[str, ...]
    settings: str = "stock"
    at_home: bool = False
    environment: dict[str, str] = field(default_factory=dict)
    leaks: bool = False
    revision: str = ""
    answers: dict[str, str] = field(default_factory=dict)


def gunicorn(worker: str, application: str, *options: str) -> tuple[str, ...]:
    """Return the command of a Gunicorn with everything but the worker left as it is."""
    bind = ("--bind", "127.0.0.1:{port}", "--workers", "{workers}")
    return ("gunicorn", "--worker-class", worker, *bind, *options, application)


UVICORN_WORKER: Final = gunicorn("uvicorn_worker.UvicornWorker", ASGI)

PROJECT: Final = Peer("This project", ("gunicorn",), settings="project", at_home=True)
STOCK: Final = Peer("Django + UvicornWorker", UVICORN_WORKER)
COOKIECUTTER_DJANGO: Final = Peer(
    "cookiecutter-django's choices", UVICORN_WORKER, settings="cookiecutter_django", leaks=True
)
GTHREAD: Final = Peer("Django, WSGI gthread", gunicorn("gthread", WSGI, "--threads", "8"))
SYNC: Final = Peer("Django, WSGI sync", gunicorn("sync", WSGI))

BOLT: Final = Peer(
    "django-bolt, without Django's middleware",
    ("django", "runbolt", "--host", "127.0.0.1", "--port", "{port}", "--processes", "{workers}"),
    settings="bolt",
)
"""No ASGI: a server in Rust, with handlers of its own instead of views."""


def project_with(name: str, **environment: str) -> Peer:
    """Return the project with other variables."""
    return replace(PROJECT, name=f"This project, {name}", environment=environment)


LOGGING: Final = project_with("access log on", LOG_LEVEL="INFO")
NEW_THREADS: Final = project_with("LANES_REUSE=false", LANES_REUSE="false")
NO_RESET: Final = project_with("DATABASE_SESSION_RESET=false", DATABASE_SESSION_RESET="false")

OFF: Final = {"accounts": "none", "api": "none", "tasks": "none"}
"""The answers of a project that has as little as its peers."""

EVERY_OPTION: Final = replace(
    PROJECT,
    name="This project, every option on",
    answers={"accounts": "allauth", "api": "ninja", "tasks": "database"},
)

PEERS: Final = (
    PROJECT,
    EVERY_OPTION,
    LOGGING,
    NEW_THREADS,
    NO_RESET,
    project_with("LANES=0", LANES="0"),
    STOCK,
    COOKIECUTTER_DJANGO,
    Peer("Django, Gunicorn asgi", gunicorn("asgi", ASGI)),
    Peer(
        "Django, uvicorn --workers",
        ("uvicorn", "--port", "{port}", "--workers", "{workers}", "--no-access-log", ASGI),
    ),
    Peer(
        "Django, Granian",
        ("granian", "--interface", "asginl", "--port", "{port}", "--workers", "{workers}", ASGI),
    ),
    GTHREAD,
    SYNC,
    BOLT,
    replace(
        BOLT,
        name="django-bolt, with Django's middleware",
        environment={"BOLT_WITH_MIDDLEWARE": "yes"},
    ),
)

QUICK: Final = (PROJECT, STOCK, COOKIECUTTER_DJANGO, GTHREAD)
"""Those that the targets are about."""


OPTIONS: Final = (PROJECT, EVERY_OPTION)
"""Those that tell what the options cost."""


WITH_WHITENOISE: Final = "whitenoise"
"""Settings with a middleware that is synchronous alone, as many projects have one."""

FEW: Final = (
    PROJECT,
    replace(PROJECT, name="This project, with WhiteNoise", settings=WITH_WHITENOISE),
    STOCK,
    replace(STOCK, name="Django + UvicornWorker, with WhiteNoise", settings=WITH_WHITENOISE),
    SYNC,
    replace(SYNC, name="Django, WSGI sync, with WhiteNoise", settings=WITH_WHITENOISE),
)
"""Those that tell what a few clients get that keep their connections, as a proxy does."""


TO_SENTRY: Final = {"SENTRY_DSN": "http://key@{collector}/1"}
TO_COLLECTOR: Final = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://{collector}"}


def reporting(*signals: str, **environment: str) -> dict[str, str]:
    """Return the variables by which the project reports these to a collector, and nothing else."""
    left_out = {"TRACES", "METRICS", "LOGS"}.difference(signals)
    return TO_COLLECTOR | {f"OTEL_{each}_EXPORTER": "none" for each in left_out} | environment


TENTH: Final = {"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.1"}

REPORTS: Final = (
    PROJECT,
    project_with("Sentry: errors", **TO_SENTRY),
    project_with("Sentry: traces of a tenth", **TO_SENTRY, SENTRY_TRACES_SAMPLE_RATE="0.1"),
    project_with("OpenTelemetry: metrics", **reporting("METRICS")),
    project_with("OpenTelemetry: traces", **reporting("TRACES")),
    project_with("OpenTelemetry: traces of a tenth", **reporting("TRACES", **TENTH)),
    LOGGING,
    project_with("access log on, OpenTelemetry: logs", **reporting("LOGS", LOG_LEVEL="INFO")),
    project_with(
        "access log on, OpenTelemetry: all",
        **reporting("TRACES", "METRICS", "LOGS", LOG_LEVEL="INFO"),
    ),
)
"""Those that tell what Sentry and OpenTelemetry cost."""


def against(revision: str) -> tuple[Peer, ...]:
    """Return the project as it is and as it was, and those that tell what a difference means."""
    before = replace(PROJECT, name=f"This project at {revision}", revision=revision)
    return PROJECT, before, NEW_THREADS, NO_RESET, STOCK, GTHREAD
