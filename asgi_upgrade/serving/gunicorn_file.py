"""`gunicorn.conf.py`: written where there is none, with the limits that the commands have."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath
from posixpath import relpath

from asgi_upgrade.model import Edit
from asgi_upgrade.rewriters.python_module import Module
from asgi_upgrade.serving.model import Advice, Plan
from asgi_upgrade.serving.names import application_name, wsgi_name
from asgi_upgrade.serving.project import Project
from asgi_upgrade.serving.start_commands import (
    CONFIGURATION,
    REPLACED,
    WHY,
    WHY_APPLICATION,
    WORKER,
    Started,
)

HEAD = '''\
"""Gunicorn's settings: the command is `gunicorn`, in this folder.

Reference: https://gunicorn.org/reference/settings/
"""
'''
WORKERS = """
# One event loop keeps one CPU busy; more workers than CPUs only cost memory and connections.
workers = int(os.environ.get("WEB_CONCURRENCY") or {cpus})
"""
FIXED_WORKERS = """
# As it was served before. More of them need a cache, sessions and messages that processes share.
workers = int(os.environ.get("WEB_CONCURRENCY") or {workers})
"""
LIMITS = {
    "timeout": (
        30,
        "A heartbeat, not a limit on requests: the worker's event loop was stuck for so long.",
    ),
    "graceful_timeout": (
        30,
        "Longer than a request takes, and shorter than what stops the container waits.",
    ),
    "keepalive": (
        75,
        "Longer than the proxy's idle time-out: the proxy must be the one that closes connections.",
    ),
}
"""Values in seconds, unless a command has another, and their reasons."""

END = """
# It needs a writable home, and two servers of one user take it from each other.
control_socket_disable = True
"""


def write_gunicorn_file(project: Project, plan: Plan, started: Started) -> None:
    """Write the file, or change the one that is there."""
    files = list(dict.fromkeys(_files(project, started)))
    for path in files:
        if module := project.sources.module(path):
            _change(project, module, plan)
    if not files:
        plan.created[project.start / CONFIGURATION] = _text(project, started).encode()


def _files(project: Project, started: Started) -> Iterator[PurePosixPath]:
    """Yield the files that Gunicorn reads by itself, or because a command names them."""
    if (own := project.start / CONFIGURATION) in project.sources:
        yield own
    for _, name in started.files:
        ending = PurePosixPath(name.removeprefix("file:")).name
        found = [path for path in project.sources.paths if path.name == ending]
        if len(found) == 1 and found[0].suffix == ".py":
            yield found[0]


def _text(project: Project, started: Started) -> str:
    limits = started.limits
    is_beside = project.start == project.home
    imports = ["import os"]
    settings = [f'wsgi_app = "{application_name(project)}"', f'worker_class = "{WORKER}"']
    if not is_beside:
        folder = relpath(project.home, project.start)
        settings.insert(0, f'pythonpath = "{folder}"')
    if limits.get("workers"):
        workers = FIXED_WORKERS.format(workers=limits["workers"])
    elif is_beside:
        imports += ["", "from asgi_serving.server.cpus import usable_cpus"]
        workers = WORKERS.format(cpus="usable_cpus()")
    else:
        workers = WORKERS.format(cpus="os.cpu_count()")
    parts = [HEAD, "\n".join(["", *imports, "", *settings, ""]), workers]
    for name, (value, reason) in LIMITS.items():
        parts.append(f"\n# {reason}\n{name} = {limits.get(name, value)}\n")
    if "max_requests" in limits:
        jitter = limits.get("max_requests_jitter", limits["max_requests"] // 10)
        parts.append(
            "\n# Against slow leaks; the jitter keeps workers from being replaced all at once.\n"
            f"max_requests = {limits['max_requests']}\nmax_requests_jitter = {jitter}\n"
        )
    return "".join([*parts, END])


def _change(project: Project, module: Module, plan: Plan) -> None:
    document = module.document
    values = {
        target.id: node.value
        for node in module.nodes
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    worker = _worker_class(module, values.get("worker_class"))
    if isinstance(worker, Advice):
        plan.needed.append(worker)
    elif worker:
        plan.edits[document].append(worker)
    application, old = values.get("wsgi_app"), wsgi_name(project)
    if application is not None and old and _names(application, old):
        at = document.text.index(old, *module.span(application))
        new = application_name(project).partition(":")[0]
        plan.edits[document].append(Edit(at, at + len(old), new, WHY_APPLICATION))


def _worker_class(module: Module, value: ast.expr | None) -> Edit | Advice | None:
    """Return the edit that names the worker class, advice if it is unclear, None if it is there."""
    document = module.document
    end = len(document.text)
    if value is None:
        start = "" if document.text.endswith("\n") or not end else document.newline
        return Edit(end, end, f'{start}worker_class = "{WORKER}"{document.newline}', WHY)
    if isinstance(value, ast.Constant) and value.value in REPLACED:
        begin, stop = module.span(value)
        quote = document.text[begin]
        return Edit(begin, stop, f"{quote}{WORKER}{quote}", WHY)
    if _names(value, WORKER):
        return None
    what = "which worker class this comes to cannot be read, or it is none of Gunicorn's"
    return Advice(document.path, value.lineno, what, f'worker_class = "{WORKER}"', "worker-class")


def _names(node: ast.expr, text: str) -> bool:
    return any(
        isinstance(each, ast.Constant) and isinstance(each.value, str)
        and (each.value == text or each.value.startswith(f"{text}:"))
        for each in ast.walk(node)
    )  # fmt: skip
