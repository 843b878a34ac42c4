"""Python code: imports, attributes, strings and comments; by syntax tree and by tokens."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from asgi_upgrade.document import Document
from asgi_upgrade.model import (
    NEW_CLASS,
    NEW_MODULE,
    OLD_MODULE,
    OLD_NAME,
    WORKERS,
    Decision,
    Edit,
    Proposal,
    Use,
    renamed,
)
from asgi_upgrade.prose import NEW, NEW_CODE, tells_of_change
from asgi_upgrade.rewriters.plain_text import (
    WHY,
    PlainText,
    code_around,
    is_logged,
    reloads,
    rename_at,
)
from asgi_upgrade.syntax import NOT_PARSED, parse

TEXT_TOKENS = {"STRING", "COMMENT", "FSTRING_MIDDLE"}
FROM_PACKAGE = re.compile(r"^[ \t]*from uvicorn import [^\n]*\bworkers\b", re.MULTILINE)


class Python(PlainText):
    """Edits what Python's own parser finds; a file that it cannot parse is plain text."""

    def handles(self, path: PurePosixPath, text: str) -> bool:
        """Take `.py`, `.pyi`, `.spec` of PyInstaller and scripts."""
        first = text.split("\n", 1)[0]
        return path.suffix in {".py", ".pyi", ".pyw", ".spec", ".wsgi"} or (
            first.startswith("#!") and "python" in first
        )

    def propose(self, document: Document) -> Iterable[Proposal]:
        """Return edits and decisions for code, strings and comments."""
        try:
            module = _Module(document)
        except (*NOT_PARSED, tokenize.TokenError):
            return [*super().propose(document), *_package_imports(document)]
        proposals = [*module.code(), *self._texts(document, module), *reloads(document)]
        return [*proposals, *_uses(document)]

    def _texts(self, document: Document, module: _Module) -> Iterator[Proposal]:
        text, docstrings = document.text, module.docstrings()
        for begin, end in module.texts():
            for match in OLD_NAME.finditer(text, begin, end):
                start = match.start()
                if text[begin] == "#":
                    yield from self.at(document, start)
                    continue
                is_long = "\n" in text[begin:end]
                if is_long and is_logged(text, start):
                    continue
                if is_long and tells_of_change(text[begin:end], start - begin):
                    continue
                if begin in docstrings:
                    if not NEW.search(text, begin, end):
                        yield from filter(None, [rename_at(text, start)])
                else:
                    yield from self.of_code(document, start)
        yield from module.built_names()

    def is_choice(self, text: str, start: int) -> bool:
        """Tell whether code near a name has the new one, too, such as another item of a list."""
        return any(map(NEW_CODE.search, code_around(text, start)))

    def meaning(self, text: str) -> object:
        """Return the syntax tree with new names, without the imports. Raises ValueError."""
        try:
            return ast.dump(_Renamed().visit(parse(text)))
        except NOT_PARSED as error:
            raise ValueError(str(error)) from error


class _Module:
    """The code of a document, and the characters that its nodes and tokens span."""

    def __init__(self, document: Document) -> None:
        """Parse it. Raises SyntaxError, ValueError."""
        self.document = document
        text = document.text
        self.tree = parse(text)
        self.lines = re.split(r"(?<=\n)|(?<=\r)(?!\n)", text)
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line))
        self.nodes = list(ast.walk(self.tree))

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a place in the syntax tree, whose columns count UTF-8."""
        before = self.lines[line - 1].encode()[:column].decode()
        return self.starts[line - 1] + len(before)

    def span(self, node: ast.expr | ast.stmt | ast.alias) -> tuple[int, int]:
        """Return where a node begins and ends."""
        end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
        return self.offset(node.lineno, node.col_offset), self.offset(end_line, end_column)

    def texts(self) -> Iterator[tuple[int, int]]:
        """Yield the spans of strings and comments."""
        reader = io.StringIO(self.document.text, newline="").readline
        for token in tokenize.generate_tokens(reader):
            if tokenize.tok_name[token.type] in TEXT_TOKENS:
                (row, column), (end_row, end_column) = token.start, token.end
                yield self.starts[row - 1] + column, self.starts[end_row - 1] + end_column

    def docstrings(self) -> set[int]:
        """Return where the strings begin that are statements of their own."""
        return {
            self.span(node)[0]
            for node in self.nodes
            if isinstance(node, ast.Expr) and _is_text(node.value)
        }

    def built_names(self) -> Iterator[Decision]:
        """Yield the strings that have the old name only when their parts or escapes are joined."""
        for node in self.nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                start, end = self.span(node)
                shown = len(OLD_NAME.findall(self.document.text, start, end))
                if len(OLD_NAME.findall(node.value)) > shown:
                    yield self.decision(
                        node,
                        "a string that is written in parts names uvicorn.workers",
                        f"name {NEW_MODULE} in it",
                        "other-names",
                    )

    def code(self) -> Iterator[Proposal]:
        """Yield what is to be done with imports, and with the names that they bind."""
        choices = [node for node in self.nodes if _chooses(node)]
        attributes = list(self.attributes()) if self.binds_package() else []
        if strange := [each for each in attributes if isinstance(each, Decision)]:
            yield from strange
            return
        yield from attributes
        for node in self.nodes:
            if not isinstance(node, (ast.Import, ast.ImportFrom)) or not _is_old_import(node):
                continue
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

    def binds_package(self) -> bool:
        """Tell whether an import makes `uvicorn.workers` an attribute."""
        return any(
            alias.name == OLD_MODULE and not alias.asname
            for node in self.nodes
            if isinstance(node, ast.Import)
            for alias in node.names
        )

    def decision(self, node: ast.stmt | ast.expr, what: str, advice: str, topic: str) -> Decision:
        """Return a decision about a node."""
        return Decision(node.lineno, what, advice, topic)

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
        if not one_line or self.is_bound_elsewhere(name, node):
            yield self.unusual(node)
            return
        strange = [n for n in self.loads(name) if not self.is_class_of(n)]
        if strange:
            yield self.decision(
                node,
                f"{name} is used for more than the two worker classes",
                f"import {NEW_MODULE}, and change what needs more",
                "other-names",
            )
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


def _uses(document: Document) -> Iterator[Use]:
    pattern = re.compile(rf"{NEW_CLASS.pattern}|^\s*(?:from|import)\s+{NEW_MODULE}\b", re.MULTILINE)
    for match in pattern.finditer(document.text):
        yield Use(document.line_of(match.end()))


def _is_old_import(node: ast.Import | ast.ImportFrom) -> bool:
    if isinstance(node, ast.Import):
        return any(alias.name == OLD_MODULE for alias in node.names)
    if node.level:
        return False
    return node.module == OLD_MODULE or (
        node.module == "uvicorn" and any(alias.name == "workers" for alias in node.names)
    )


def _chooses(node: ast.AST) -> bool:
    """Tell whether a statement imports both packages."""
    if not isinstance(node, (ast.Try, ast.If)):
        return False
    imports = [n for n in ast.walk(node) if isinstance(n, (ast.Import, ast.ImportFrom))]
    return any(map(_is_old_import, imports)) and any(
        (isinstance(n, ast.ImportFrom) and n.module == NEW_MODULE)
        or any(alias.name == NEW_MODULE for alias in n.names)
        for n in imports
    )


def _holds(outer: ast.AST, inner: ast.AST) -> bool:
    return any(node is inner for node in ast.walk(outer))


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _package_imports(document: Document) -> Iterator[Decision]:
    """Yield the imports of the module from its package, in code that cannot be parsed."""
    for match in FROM_PACKAGE.finditer(document.text):
        yield Decision(
            document.line_of(match.start()),
            "uvicorn.workers is imported in code that cannot be parsed",
            f"import {NEW_MODULE}, and change what it is used for",
            "imports",
        )
