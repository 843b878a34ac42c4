"""The imports of a module of Python, and the names that they bind."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from asgi_upgrade.model import NEW_MODULE, OLD_MODULE, WORKERS, Decision, Edit, Proposal
from asgi_upgrade.rewriters.plain_text import WHY
from asgi_upgrade.rewriters.python_module import Module


class Imports(Module):
    """A module, and what is to be done with its imports."""

    def code(self) -> Iterator[Proposal]:
        """Yield what is to be done with imports, and with the names that they bind."""
        choices = [node for node in self.nodes if _chooses(node)]
        old = [n for n in self.nodes if isinstance(n, (ast.Import, ast.ImportFrom))]
        old = [n for n in old if _is_old_import(n)]
        left = [node for node in old if self.document.is_ignored(self.span(node)[0])]
        binding = [node for node in old if _binds_package(node)]
        attributes = list(self.attributes()) if binding else []
        if strange := [each for each in attributes if isinstance(each, Decision)]:
            yield from strange
            return
        if not any(node in left for node in binding):
            yield from attributes
        for node in old:
            if node in left:
                continue  # with the names that it binds
            if any(_holds(choice, node) for choice in choices):
                yield self.decision(
                    node,
                    "an import falls back from one package to the other",
                    "import from uvicorn_worker alone when everything here has it",
                    "old-or-new",
                )
            elif isinstance(node, ast.Import):
                yield from self.plain_import(node)
            elif node.module == OLD_MODULE:
                yield from self.from_module(node)
            else:
                yield from self.from_package(node)

    def from_module(self, node: ast.ImportFrom) -> Iterator[Proposal]:
        """Change `from uvicorn.workers import …`."""
        others = [alias.name for alias in node.names if alias.name not in WORKERS]
        if others:
            yield self.decision(
                node,
                f"{', '.join(others)} of uvicorn.workers is none of the two worker classes",
                f"only UvicornWorker and UvicornH11Worker are in {NEW_MODULE}",
                "other-names",
            )
            return
        start, end = self.span(node)
        match = re.compile(r"from(\s+)uvicorn\.workers\b").match(self.document.text, start, end)
        if match:
            yield Edit(match.end(1), match.end(), NEW_MODULE, WHY)
        else:
            yield self.unusual(node)

    def plain_import(self, node: ast.Import) -> Iterator[Proposal]:
        """Change `import uvicorn.workers`, and keep what else it bound."""
        for alias in node.names:
            if alias.name != OLD_MODULE:
                continue
            start, _ = self.span(alias)
            end = start + len(OLD_MODULE)
            if self.document.text[start:end] != OLD_MODULE:
                yield self.unusual(node)
                continue
            if alias.asname and (problem := self.problem_of(alias.asname, node)):
                yield problem
                continue
            new = NEW_MODULE
            if not alias.asname and self.needs_package(node):
                alone = len(node.names) == 1
                new = f"uvicorn{self.again(node) if alone else ', '}{NEW_MODULE}"
            yield Edit(start, end, new, WHY)

    def again(self, node: ast.stmt) -> str:
        """Return the text between two import statements of the same indentation."""
        line = self.lines[node.lineno - 1]
        before = line[: len(line) - len(line.lstrip())]
        if line[len(before) :].startswith("import"):
            return f"{self.document.newline}{before}import "
        return "; import "

    def needs_package(self, node: ast.Import) -> bool:
        """Tell whether `uvicorn` itself is used, and only this import binds it."""
        binds = any(
            (alias.asname or alias.name.split(".")[0]) == "uvicorn" and alias.name != OLD_MODULE
            for each in self.nodes
            if isinstance(each, (ast.Import, ast.ImportFrom))
            for alias in each.names
        )
        of_workers = {
            id(each.value)
            for each in self.nodes
            if isinstance(each, ast.Attribute) and each.attr == "workers"
        }
        used = any(
            isinstance(each, ast.Name) and each.id == "uvicorn" and id(each) not in of_workers
            for each in self.nodes
        )
        return used and not binds

    def from_package(self, node: ast.ImportFrom) -> Iterator[Proposal]:
        """Change `from uvicorn import workers`, and the names that it binds."""
        start, end = self.span(node)
        one_line = node.lineno == node.end_lineno and "(" not in self.document.text[start:end]
        alias = next(alias for alias in node.names if alias.name == "workers")
        name = alias.asname or "workers"
        if not one_line:
            yield self.unusual(node)
            return
        if problem := self.problem_of(name, node):
            yield problem
            return
        rest = [a for a in node.names if a is not alias]
        imports = f"import {NEW_MODULE}" + (f" as {alias.asname}" if alias.asname else "")
        if rest:
            names = ", ".join(f"{a.name} as {a.asname}" if a.asname else a.name for a in rest)
            line = self.lines[node.lineno - 1]
            before = line[: len(line) - len(line.lstrip())]
            imports = f"from uvicorn import {names}{self.document.newline}{before}{imports}"
        yield Edit(start, end, imports, WHY)
        if not alias.asname:
            for load in self.loads("workers"):
                yield Edit(*self.span(load), NEW_MODULE, WHY)

    def problem_of(self, name: str, node: ast.stmt) -> Decision | None:
        """Return the decision about a name of the module that means something else, too."""
        if self.is_bound_elsewhere(name, node):
            return self.unusual(node)
        if all(map(self.is_class_of, self.loads(name))):
            return None
        return self.decision(
            node,
            f"{name} is used for more than the two worker classes",
            f"import {NEW_MODULE}, and change what needs more",
            "other-names",
        )

    def loads(self, name: str) -> list[ast.Name]:
        """Return where a name is read."""
        return [
            node
            for node in self.nodes
            if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
        ]

    def is_bound_elsewhere(self, name: str, but: ast.stmt) -> bool:
        """Tell whether something else has the name, too."""
        for node in self.nodes:
            if (
                isinstance(node, ast.Name)
                and node.id == name
                and not isinstance(node.ctx, ast.Load)
            ):
                return True
            if isinstance(node, ast.arg) and node.arg == name:
                return True
            if isinstance(node, (ast.Import, ast.ImportFrom)) and node is not but:
                names = {alias.asname or alias.name.split(".")[0] for alias in node.names}
                if name in names:
                    return True
        return False

    def is_class_of(self, name: ast.Name) -> bool:
        """Tell whether one of the classes is taken from a name."""
        return any(
            isinstance(node, ast.Attribute) and node.value is name and node.attr in WORKERS
            for node in self.nodes
        )

    def attributes(self) -> Iterator[Proposal]:
        """Change `uvicorn.workers.CLASS` in code."""
        parents = {id(node.value): node for node in self.nodes if isinstance(node, ast.Attribute)}
        for node in self.nodes:
            if not (isinstance(node, ast.Attribute) and node.attr == "workers"):
                continue
            if not (isinstance(node.value, ast.Name) and node.value.id == "uvicorn"):
                continue
            start, end = self.span(node)
            parent = parents.get(id(node))
            if parent is None or parent.attr not in WORKERS:
                yield self.decision(
                    node,
                    "uvicorn.workers is used for more than the two worker classes",
                    f"only UvicornWorker and UvicornH11Worker are in {NEW_MODULE}",
                    "other-names",
                )
            elif self.document.text[start:end] == OLD_MODULE:
                yield Edit(start, end, NEW_MODULE, WHY)
            else:
                yield self.unusual(node)

    def unusual(self, node: ast.stmt | ast.expr) -> Decision:
        """Return the decision about code that is written in an unusual way."""
        return self.decision(
            node,
            "uvicorn.workers is imported in a way that is not changed by itself",
            f"import the class from {NEW_MODULE}",
            "imports",
        )


def _binds_package(node: ast.Import | ast.ImportFrom) -> bool:
    """Tell whether an import makes `uvicorn.workers` an attribute."""
    return isinstance(node, ast.Import) and any(
        alias.name == OLD_MODULE and not alias.asname for alias in node.names
    )


def _is_old_import(node: ast.Import | ast.ImportFrom) -> bool:
    if isinstance(node, ast.Import):
        return any(alias.name == OLD_MODULE for alias in node.names)
    if node.level:
        return False
    return node.module == OLD_MODULE or (
        node.module == "uvicorn" and any(alias.name == "workers" for alias in node.names)
    )


def _chooses(node: ast.AST) -> bool:
    """Tell whether a statement may import the new package, or not."""
    if not isinstance(node, (ast.Try, ast.If)):
        return False
    return any(
        (isinstance(n, ast.ImportFrom) and n.module == NEW_MODULE)
        or any(alias.name == NEW_MODULE for alias in n.names)
        for n in ast.walk(node)
        if isinstance(n, (ast.Import, ast.ImportFrom))
    )


def _holds(outer: ast.AST, inner: ast.AST) -> bool:
    return any(node is inner for node in ast.walk(outer))
