"""Where the parts of a Django project are: manage.py, settings modules, asgi.py and wsgi.py."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from asgi_upgrade.refusals import CannotWorkError
from asgi_upgrade.rewriters.python_module import Module
from asgi_upgrade.serving.sources import TESTS, Sources
from asgi_upgrade.template.source import MARK

VARIABLE = "DJANGO_SETTINGS_MODULE"
NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
SET = re.compile(rf"\b{VARIABLE}[\"']?\s*[=:]\s*[\"']?({NAME.pattern})")
"""In a file of any kind: a settings module is named."""

ASGI_APPLICATION = re.compile(r"^\s*ASGI_APPLICATION\s*=\s*[\"']([\w.]+)\.\w+[\"']", re.MULTILINE)

SOURCE_FOLDERS = ("", "src")
"""Below the folder of manage.py: where modules may be imported from."""


@dataclass(frozen=True)
class Project:
    """A Django project, by paths below its root.

    start: the folder of manage.py, where Gunicorn starts. home: the folder that modules are imported
    from. settings: the names of the settings modules that commands and servers take. asgi: the module
    that has the ASGI application, where it is or shall be; wsgi: that of WSGI, if there is one.
    """

    sources: Sources
    start: PurePosixPath
    home: PurePosixPath
    settings: tuple[str, ...]
    asgi: PurePosixPath
    wsgi: PurePosixPath | None

    def name(self, path: PurePosixPath) -> str:
        """Return the name by which a file of Python's is imported."""
        parts = path.relative_to(self.home).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    def path(self, name: str) -> PurePosixPath | None:
        """Return the file of a module of the project's own, or None."""
        return _file_of(self.sources, self.home, name)

    def settings_files(self) -> list[PurePosixPath]:
        """Return the files of all settings modules, and of what they take all names from."""
        found: list[PurePosixPath] = []
        waiting = [path for name in self.settings if (path := self.path(name))]
        while waiting:
            path = waiting.pop(0)
            if path not in found:
                found.append(path)
                waiting += self._included(path)
        return found

    def _included(self, path: PurePosixPath) -> Iterator[PurePosixPath]:
        module = self.sources.module(path)
        # django-split-settings includes files by their names.
        is_split = module is not None and "split_settings" in module.document.text
        for node in module.nodes if module else ():
            if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
                name = node.module or ""
                if node.level:
                    parts = path.relative_to(self.home).parts[: -node.level]
                    name = ".".join(filter(None, [*parts, name]))
                if other := self.path(name):
                    yield other
            elif isinstance(node, ast.Constant) and str(node.value).endswith(".py") and is_split:
                pattern = (path.parent / str(node.value)).as_posix()
                yield from (p for p in self.sources.paths if fnmatchcase(p.as_posix(), pattern))


def find_project(sources: Sources) -> Project:
    """Return the project below a folder. Raises CannotWorkError: there is none, or several."""
    manage = _manage(sources)
    start = manage.parent
    own = sources.document(start / "pyproject.toml")
    if own and f"[{MARK}]" in own.text:
        raise CannotWorkError(
            "this project is one of the template: asgi-upgrade template updates it"
        )
    names = _named_in(sources.module(manage)) or _named_elsewhere(sources)
    homes = [start / folder for folder in SOURCE_FOLDERS] + [
        PurePosixPath(folder) for folder in SOURCE_FOLDERS
    ]
    found = [(home, name) for name in names for home in homes if _file_of(sources, home, name)]
    if not found:
        if names:
            raise CannotWorkError(
                f"{manage} names {names[0]}, and {sources.root} has no such module: name the folder "
                "that it is imported from"
            )
        raise CannotWorkError(
            f"{manage} names no settings module: set {VARIABLE} in it, as "
            'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")'
        )
    home, name = found[0]
    package = home.joinpath(*name.split("."))
    wsgi, asgi = (_nearest(sources, home, package, kind, names) for kind in ("wsgi.py", "asgi.py"))
    names += [each for path in (asgi, wsgi) if path for each in _named_in(sources.module(path))]
    names += _named_by_servers(sources)
    settings = tuple(dict.fromkeys(each for each in names if _file_of(sources, home, each)))
    beside = wsgi or package.parent / "wsgi.py"
    project = Project(sources, start, home, settings, asgi or beside.with_name("asgi.py"), wsgi)
    named = _named_by_setting(project)
    return replace(project, asgi=named) if named else project


def _named_by_setting(project: Project) -> PurePosixPath | None:
    """Return the file that the setting ASGI_APPLICATION names, such as a routing.py, or None."""
    for path in project.settings_files():
        document = project.sources.document(path)
        found = ASGI_APPLICATION.search(document.text) if document else None
        if found:
            return project.path(found[1])
    return None


def _manage(sources: Sources) -> PurePosixPath:
    """Return the manage.py that is nearest to the root. Raises CannotWorkError."""
    found = [
        path
        for path in sources.paths
        if path.name == "manage.py" and not any(map(TESTS.search, path.parts[:-1]))
    ]
    if not found:
        raise CannotWorkError(
            f"{sources.root} has no manage.py: name the folder of a Django project"
        )
    depth = min(len(path.parts) for path in found)
    nearest = [path for path in found if len(path.parts) == depth]
    if len(nearest) > 1:
        shown = ", ".join(str(path.parent) for path in nearest)
        raise CannotWorkError(f"{sources.root} holds several projects, name one: {shown}")
    return nearest[0]


def _named_in(module: Module | None) -> list[str]:
    """Return the settings modules that code puts into the environment."""
    found: list[str] = []
    for node in module.nodes if module else ():
        match node:
            case ast.Call(func=ast.Attribute(attr="setdefault"), args=[name, value]) if (
                _is_variable(name)
            ):
                found += _names(value)
            case ast.Assign(targets=[ast.Subscript(slice=name)]) if _is_variable(name):
                found += _names(node.value)
    return found


def _named_elsewhere(sources: Sources) -> list[str]:
    """Return the settings modules of a project whose manage.py leaves them to the environment."""
    modules = [path for path in sources.paths if path.name in {"wsgi.py", "asgi.py"}]
    found = [each for path in modules for each in _named_in(sources.module(path))]
    return [*found, *_named_by_servers(sources)]


def _is_variable(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == VARIABLE


def _names(node: ast.expr) -> Iterator[str]:
    for each in ast.walk(node):
        value = each.value if isinstance(each, ast.Constant) else None
        if isinstance(value, str) and NAME.fullmatch(value) and value != VARIABLE:
            yield value


def _named_by_servers(sources: Sources) -> Iterator[str]:
    """Yield the settings modules that images, services and environment files name."""
    for document in sources.deployment():
        # These name that of the tests.
        if document.path.name not in {"pyproject.toml", "setup.cfg", "tox.ini", "pytest.ini"}:
            yield from (match[1] for match in SET.finditer(document.text))


def _file_of(sources: Sources, home: PurePosixPath, name: str) -> PurePosixPath | None:
    module = home.joinpath(*name.split("."))
    for path in (module.parent / f"{module.name}.py", module / "__init__.py"):
        if path in sources:
            return path
    return None


def _nearest(
    sources: Sources, home: PurePosixPath, package: PurePosixPath, name: str, settings: list[str]
) -> PurePosixPath | None:
    """Return the file of a name that is nearest to the settings: beside them, above, or anywhere."""
    above = [folder / name for folder in package.parents if folder.is_relative_to(home)]
    elsewhere = sorted(
        (
            path
            for path in sources.paths
            if path.name == name
            and path.is_relative_to(home)
            and not any(map(TESTS.search, path.parts[:-1]))
            and _is_for(settings, _named_in(sources.module(path)))
        ),
        key=lambda path: len(path.parts),
    )
    return next((path for path in [package / name, *above, *elsewhere] if path in sources), None)


def _is_for(settings: list[str], named: list[str]) -> bool:
    """Tell whether a file that names settings modules is one of the project, or another package's."""
    packages = {each.partition(".")[0] for each in settings}
    return not named or any(each.partition(".")[0] in packages for each in named)
