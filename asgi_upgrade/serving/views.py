"""Views and what they keep: asynchronous views with ATOMIC_REQUESTS, threads, and paths of probes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from asgi_upgrade.rewriters.python_module import Module
from asgi_upgrade.serving.model import Advice, Plan
from asgi_upgrade.serving.project import Project
from asgi_upgrade.serving.setting_values import setting_values
from asgi_upgrade.serving.sources import TESTS

METHODS = {"get", "post", "put", "patch", "delete", "head", "options", "dispatch"}
PROBES = re.compile(r"[\"']\^?(livez|readyz)/?\$?[\"']")
LOCAL = re.compile(r"\b(?:threading\.)?local\(\)")
DECORATOR = "@transaction.non_atomic_requests"


def advise_on_views(project: Project, plan: Plan) -> None:
    """Tell of asynchronous views that fail, of data in threads, and of paths that are taken."""
    atomic = any(each.name == "ATOMIC_REQUESTS" and each.constant is not False
                 for each in setting_values(project))  # fmt: skip
    for path in project.sources.paths:
        if path.suffix != ".py" or any(map(TESTS.search, path.parts)) or "migrations" in path.parts:
            continue
        document = project.sources.document(path)
        if document is None:
            continue
        if atomic and "async def" in document.text and (m := project.sources.module(path)):
            plan.decisions += _asynchronous(m)
        if "urlpatterns" in document.text and (found := PROBES.search(document.text)):
            what = f"/{found[1]} is the library's own probe from now on, and this view is not asked"
            line = document.line_of(found.start())
            plan.notes.append(Advice(path, line, what, f"another path than {found[1]}", "probes"))
        if "threading" in document.text and (found := LOCAL.search(document.text)):
            what = (
                "a thread serves one request after another: what is left in it, the next one sees"
            )
            write = 'ASGI_SERVING = {"LANES_REUSE": False}  # or clean it up after each request'
            line = document.line_of(found.start())
            plan.notes.append(Advice(path, line, what, write, "thread-local"))


def _asynchronous(module: Module) -> Iterator[Advice]:
    """Yield each asynchronous view: Django refuses it while ATOMIC_REQUESTS is set."""
    for node in module.nodes:
        if isinstance(node, ast.ClassDef):
            methods = [each for each in node.body if isinstance(each, ast.AsyncFunctionDef)]
            is_view = any(each.name in METHODS for each in methods)
            decorators = node.decorator_list
            write = '@method_decorator(transaction.non_atomic_requests, name="dispatch")'
            place: ast.stmt = node
        elif isinstance(node, ast.AsyncFunctionDef):
            arguments = node.args.posonlyargs + node.args.args
            is_view = bool(arguments) and arguments[0].arg == "request"
            decorators, write, place = node.decorator_list, DECORATOR, node
        else:
            continue
        if is_view and not any("non_atomic_requests" in ast.unparse(d) for d in decorators):
            what = "ATOMIC_REQUESTS is set, and each request to this asynchronous view is a 500"
            yield Advice(module.document.path, place.lineno, what, write, "atomic-requests")
