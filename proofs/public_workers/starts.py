"""How the files of a project name the worker to Gunicorn, before and after the run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

NAME: Final = r"(?:uvicorn\.workers|uvicorn_worker)\.(?:UvicornWorker|UvicornH11Worker)"
"""Of both modules."""

CLASS: Final = re.compile(NAME)
OPTION: Final = re.compile(
    rf"(?P<quote>[\"'])?(?P<option>-k|--worker-class)(?P<between>[=\s]*|[\"',\s\\=]+)(?P<name>{NAME})"
)
"""In the words of a command, in a list of them, or both in one word of a list."""

VARIABLE: Final = re.compile(r"GUNICORN_CMD_ARGS\b")
SETTING: Final = re.compile(r"^worker_class\s*=", re.MULTILINE)
SETTINGS: Final = re.compile(r"(?<![\w-])(?:-c|--conf(?:ig)?)[\"',\s=]+(?P<path>[\w./-]+)")
IMPORT: Final = re.compile(
    r"^from (?:uvicorn\.workers|uvicorn_worker) import (?P<name>\w+)(?: as (?P<other>\w+))?",
    re.MULTILINE,
)


class Start(NamedTuple):
    """A way to start Gunicorn, without what it serves and where.

    arguments: such as `-k`, and the class. name: the class alone, for when the rest needs packages
    of the project. folder: where it has to be started, if that matters. module: the text of a
    module `theirs` that has the class, or "". variables: of the environment.
    """

    arguments: tuple[str, ...]
    name: str
    folder: Path | None = None
    module: str = ""
    variables: tuple[tuple[str, str], ...] = ()

    @property
    def plain(self) -> Start:
        """How Gunicorn starts by the name of the class alone."""
        return Start(("-k", self.name), self.name)


def starts(tree: Path, path: PurePosixPath, text: str) -> Iterator[Start]:
    """Yield how a file names the worker, each way as often as it is there."""
    folder = (tree / path).parent
    if path.suffix == ".py":
        yield from _of_python(folder, path, text)
        return
    for found in CLASS.finditer(text):
        command = _command(text, found.start(), found.end())
        option = OPTION.search(command)
        if option is None:  # a variable that a script gives to -k, or a sentence about it
            yield Start(("-k", found[0]), found[0])
            continue
        between = option["between"]
        glued = between in {"", "="} or (option["quote"] is not None and between.isspace())
        words = (option["option"], option["name"])
        arguments = (between.join(words),) if glued else words
        if VARIABLE.search(command):
            variables = (("GUNICORN_CMD_ARGS", " ".join(arguments)),)
            yield Start((), found[0], variables=variables)
            continue
        settings = SETTINGS.search(command)
        place = settings and _settings(tree, folder, settings["path"])
        more = ("-c", str(place)) if place else ()
        yield Start((*arguments, *more), found[0])


def _of_python(folder: Path, path: PurePosixPath, text: str) -> Iterator[Start]:
    imported = IMPORT.search(text)
    if SETTING.search(text):
        name = CLASS.search(text) or imported
        yield Start(("-c", str(folder / path.name)), _name(name), folder)
    elif imported:
        base = imported["other"] or imported["name"]
        own = re.search(rf"^class (\w+)\({base}\)", text, re.MULTILINE)
        arguments = ("-k", f"theirs.{own[1] if own else base}")
        yield Start(arguments, _name(imported), module=text)
    else:
        for found in CLASS.finditer(text):
            yield Start(("-k", found[0]), found[0])


def _name(found: re.Match[str] | None) -> str:
    """Return the name of the class that was found, or that is imported."""
    if found is None:
        return ""
    module, _, rest = found[0].removeprefix("from ").partition(" import ")
    return f"{module}.{rest.split()[0]}" if rest else module


def _command(text: str, start: int, end: int) -> str:
    """Return the lines of the command that a span is in."""
    begin = text.rfind("\n", 0, start) + 1
    while begin and text[: begin - 1].rstrip("\r").endswith("\\"):
        begin = text.rfind("\n", 0, begin - 1) + 1
    finish = text.find("\n", end)
    while finish >= 0 and text[:finish].rstrip("\r").endswith("\\"):
        finish = text.find("\n", finish + 1)
    return text[begin : finish if finish >= 0 else len(text)]


def _settings(tree: Path, folder: Path, name: str) -> Path | None:
    """Return the file of settings that a command names, where it is in the project."""
    relative = name.lstrip("/").removeprefix("app/")
    places = (folder / relative, tree / relative, folder.parent / relative)
    return next((place for place in places if place.is_file()), None)
