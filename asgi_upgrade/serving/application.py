"""What asgi.py makes of Django's application: the library's needs to hear of start and end."""

from __future__ import annotations

import ast

from asgi_upgrade.model import Edit
from asgi_upgrade.rewriters.python_module import Module
from asgi_upgrade.serving.model import Advice

WHY = "the start and the end of a worker are the library's, too"
ROUTER = "ProtocolTypeRouter"
BOUND = "http_application"

PASSING = {"OpenTelemetryMiddleware", "SentryAsgiMiddleware"}
"""What hands each kind of connection on to the application inside."""

LINE = "application = get_asgi_application()"
WRITE = f"{LINE}  # outermost; what wraps it must hand on the scope type lifespan"


def edits_for_lifespan(module: Module, function: str) -> list[Edit] | Advice:
    """Return what lets the library's application get the scope type `lifespan`.

    function: the name by which get_asgi_application is called. Returns advice where that is unclear.
    """
    made = _made(module, function)
    for node in module.tree.body:
        if isinstance(node, ast.AsyncFunctionDef) and node.name == "application":
            return _of_function(module, node, made)
    values = _assigned(module, "application")
    if not values:
        return _unclear(module, 1, "no application is made here")
    value = values[-1]
    if _is_handed_on(value, function, made):
        return []
    if isinstance(value, ast.Call) and _called(value) == ROUTER and len(value.args) == 1:
        return _of_router(module, value, function, made)
    return _unclear(module, value.lineno, "whether application hands on lifespan cannot be read")


def _unclear(module: Module, line: int, what: str) -> Advice:
    return Advice(module.document.path, line, what, WRITE, "lifespan")


def _assigned(module: Module, name: str) -> list[ast.expr]:
    return [
        node.value
        for node in module.tree.body
        if isinstance(node, ast.Assign) and any(_is_name(each, name) for each in node.targets)
    ]


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _called(node: ast.expr) -> str:
    if not isinstance(node, ast.Call):
        return ""
    function = node.func
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def _made(module: Module, function: str) -> set[str]:
    """Return the names that are bound to Django's application."""
    return {
        target.id
        for node in module.tree.body
        if isinstance(node, ast.Assign) and _called(node.value) == function
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _is_handed_on(value: ast.expr, function: str, made: set[str]) -> bool:
    """Tell whether a value is Django's application, or that in what hands all on."""
    if isinstance(value, ast.Name):
        return value.id in made
    if _called(value) in PASSING and isinstance(value, ast.Call) and value.args:
        return _is_handed_on(value.args[0], function, made)
    return _called(value) == function


def _of_router(
    module: Module, call: ast.Call, function: str, made: set[str]
) -> list[Edit] | Advice:
    """Give Channels' router the entry `lifespan` beside `http`, for the same application."""
    routes = call.args[0]
    if not isinstance(routes, ast.Dict):
        return _unclear(module, call.lineno, f"what {ROUTER} is given cannot be read")
    entries = {
        key.value: (key, value)
        for key, value in zip(routes.keys, routes.values, strict=True)
        if isinstance(key, ast.Constant)
    }
    if "lifespan" in entries or "http" not in entries:
        return _unclear(module, call.lineno, f"{ROUTER} has no entry http, or its own for lifespan")
    key, value = entries["http"]
    text, newline = module.document.text, module.document.newline
    start, end = module.span(value)
    edits = []
    name = text[start:end]
    if _called(value) == function:  # each call makes another application
        statement = next(
            node
            for node in module.tree.body
            if node.lineno <= call.lineno <= (node.end_lineno or 0)
        )
        before = module.span(statement)[0]
        name = BOUND
        edits.append(Edit(before, before, f"{name} = {function}(){newline}", WHY))
        edits.append(Edit(start, end, name, WHY))
    elif not (isinstance(value, ast.Name) and value.id in made):
        return _unclear(module, value.lineno, "whether http hands on lifespan cannot be read")
    begin = module.span(key)[0]
    quote = text[begin]
    line = text.rfind("\n", 0, begin) + 1
    indentation = text[line:begin]
    separator = " " if indentation.strip() else f"{newline}{indentation}"
    entry = f"{quote}lifespan{quote}: {name},{separator}"
    return [*edits, Edit(begin, begin, entry, WHY)]


def _of_function(
    module: Module, function: ast.AsyncFunctionDef, made: set[str]
) -> list[Edit] | Advice:
    """Let the branch for `http` take `lifespan`, too, where it awaits Django's application."""
    for node in ast.walk(function):
        if not isinstance(node, ast.If) or not isinstance(node.test, ast.Compare):
            continue
        compared = node.test.comparators[0]
        is_http = isinstance(compared, ast.Constant) and compared.value == "http"
        awaited = {n.id for each in node.body for n in ast.walk(each) if isinstance(n, ast.Name)}
        if is_http and isinstance(node.test.ops[0], ast.Eq) and awaited & made:
            text = module.document.text
            left, right = module.span(node.test.left)[1], module.span(compared)
            quote = text[right[0]]
            both = f" in {{{quote}http{quote}, {quote}lifespan{quote}}}"
            return [Edit(left, right[1], both, WHY)]
    return _unclear(module, function.lineno, "where application sends lifespan cannot be read")
