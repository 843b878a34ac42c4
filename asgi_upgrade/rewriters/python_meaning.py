"""What code of Python means, whatever the worker's module is called in it."""

from __future__ import annotations

import ast

from asgi_upgrade.model import NEW_MODULE, OLD_MODULE, WORKERS, renamed
from asgi_upgrade.syntax import parse


def meaning_of(text: str) -> str:
    """Return the syntax tree with new names, without their imports. Raises what parse raises."""
    return ast.dump(_Renamed().visit(parse(text)))


class _Renamed(ast.NodeTransformer):
    """Gives old names their new form, and takes the imports of both out."""

    def visit_Import(self, node: ast.Import) -> ast.AST | None:
        names = [a for a in node.names if a.name.split(".")[0] not in {"uvicorn", NEW_MODULE}]
        return ast.Import(names) if names else ast.Pass()

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | None:
        if node.module in {OLD_MODULE, NEW_MODULE}:
            return ast.Pass()
        if node.module == "uvicorn":
            names = [alias for alias in node.names if alias.name != "workers"]
            return ast.ImportFrom(node.module, names, node.level) if names else ast.Pass()
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        text = ast.unparse(node)
        for old in ("uvicorn.workers.", "workers.", f"{NEW_MODULE}."):
            if text.startswith(old) and text.removeprefix(old) in WORKERS:
                return ast.Name(f"{NEW_MODULE}.{text.removeprefix(old)}", node.ctx)
        return self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, str):
            return ast.Constant(renamed(node.value))
        return node

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [each for each in body if not isinstance(each, ast.Pass)]  # type: ignore[attr-defined]  # it has one
        return node
