"""Settings that mean something else under ASGI, or with the library."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from asgi_upgrade.serving.model import Advice, Plan
from asgi_upgrade.serving.project import Project
from asgi_upgrade.serving.setting_values import Value, setting_values
from asgi_upgrade.serving.start_commands import Started

LANES = 10
"""Threads of each worker for synchronous code, unless `ASGI_SERVING` says otherwise."""

FILE_MIDDLEWARE = {
    "whitenoise.middleware.WhiteNoiseMiddleware": "costs each request a thread",
    "servestatic.middleware.ServeStaticMiddleware": "serves no file any more",
}
"""What each does behind the library, which has answered for the files already."""

ROOTS = {"WHITENOISE_ROOT", "SERVESTATIC_ROOT"}
"""Settings with which such a middleware serves files that the library does not."""


SHARED = ("redis", "Redis", "Memcache", "DatabaseCache", "FileBasedCache")
"""In the name of a cache that processes share."""


def advise_on_settings(project: Project, plan: Plan, started: Started) -> None:
    """Tell of connections, files, sessions, loggers, and of Daphne."""
    values = list(setting_values(project))
    names = {each.name for each in values}
    for each in values:
        plan.notes += _connections(each, started)
        plan.notes += _logging(each)
        if each.name == "MIDDLEWARE":
            plan.notes += _files(each, names)
        if each.name == "INSTALLED_APPS" and (app := each.mentions("daphne")):
            plan.notes += _daphne(each, app, plan)
    plan.notes += _sessions(values, started)


def _advice(
    value: Value, what: str, write: str, topic: str, *, node: ast.expr | None = None
) -> Advice:
    line = (node or value.node).lineno
    return Advice(value.module.document.path, line, what, write, topic)


def _connections(value: Value, started: Started) -> Iterator[Advice]:
    """Yield what connections come to: each lane has its own."""
    if value.name == "CONN_MAX_AGE" and value.constant != 0:
        what = f"each worker keeps up to {LANES} connections open, one for each lane"
        write = '"CONN_MAX_AGE": 0,  # and OPTIONS["pool"] with PostgreSQL'
        yield _advice(value, what, write, "conn-max-age")
    threads = started.limits.get("threads", 1) if started.found else LANES
    if value.name == "ENGINE" and "postgresql" in str(value.constant) and threads < LANES:
        what = (
            f"each worker serves up to {LANES} synchronous requests at a time, and each may have a "
            f"connection; it was {threads} before"
        )
        write = f'ASGI_SERVING = {{"LANES": {threads}}}  # if the server has no room for more'
        yield _advice(value, what, write, "connections")


def _files(value: Value, names: set[str]) -> Iterator[Advice]:
    for middleware, does in FILE_MIDDLEWARE.items():
        node = value.mentions(middleware)
        if node and not names & ROOTS:
            what = f"{middleware.rpartition('.')[2]} {does}"
            write = f'take out "{middleware}": the library serves STATIC_ROOT without Django'
            yield _advice(value, what, write, "static-middleware", node=node)


def _sessions(values: Sequence[Value], started: Started) -> Iterator[Advice]:
    """Yield a session engine that keeps sessions in one process, where there are several."""
    backends = [str(each.constant) for each in values if each.name == "BACKEND"]
    is_shared = any(shared in backend for backend in backends for shared in SHARED)
    if is_shared or started.limits.get("workers") == 1:
        return
    for each in values:
        if each.name == "SESSION_ENGINE" and str(each.constant).endswith("backends.cache"):
            what = "sessions are in the memory of one process, and each worker is another"
            write = 'SESSION_ENGINE = "django.contrib.sessions.backends.db"'
            yield _advice(each, what, write, "sessions")


def _logging(value: Value) -> Iterator[Advice]:
    if value.name != "LOGGING" or not isinstance(value.node, ast.Dict) or None in value.node.keys:
        return
    entries = {getattr(key, "value", None): entry
               for key, entry in zip(value.node.keys, value.node.values, strict=True)}  # fmt: skip
    given = entries.get("disable_existing_loggers")
    if not isinstance(given, ast.Constant) or given.value:
        what = "LOGGING disables the loggers that it does not name, and with them the workers' own"
        write = '"disable_existing_loggers": False,'
        yield _advice(value, what, write, "disable-existing-loggers")


def _daphne(value: Value, app: ast.Constant, plan: Plan) -> Iterator[Advice]:
    edits = plan.edits.get(value.module.document, [])
    begin = value.module.span(app)[0]
    if app.value == "daphne" and not any(edit.start == begin for edit in edits):
        what = "Daphne's runserver is not the one that runs: the app asgi_serving comes first"
        yield _advice(value, what, 'take out "daphne"', "runserver", node=app)
