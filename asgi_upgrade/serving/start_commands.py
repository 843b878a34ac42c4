"""Where servers are started: Gunicorn gets the library's worker and the ASGI module, others become it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import PurePosixPath

from asgi_upgrade.model import Edit
from asgi_upgrade.serving.command_words import Command, Word, commands_in
from asgi_upgrade.serving.model import Advice, Plan
from asgi_upgrade.serving.names import application_name, wsgi_name
from asgi_upgrade.serving.other_servers import UnknownFlagError, as_gunicorn
from asgi_upgrade.serving.project import Project
from asgi_upgrade.serving.shells import exec_before

WORKER = "asgi_serving.worker.Worker"
CLASS = f"--worker-class={WORKER}"
WHY = "Gunicorn serves by the library's worker"
WHY_APPLICATION = "the ASGI module"

REPLACED = {
    "sync", "gthread", "gevent", "eventlet", "tornado", "asgi",
    "uvicorn.workers.UvicornWorker", "uvicorn.workers.UvicornH11Worker",
    "uvicorn_worker.UvicornWorker", "uvicorn_worker.UvicornH11Worker",
}  # fmt: skip
"""The classes of Gunicorn and Uvicorn; one of somebody else's does what nobody here can know."""

LIMITS = {
    "-w": "workers", "--workers": "workers", "-t": "timeout", "--timeout": "timeout",
    "--graceful-timeout": "graceful_timeout", "--keep-alive": "keepalive",
    "--max-requests": "max_requests", "--max-requests-jitter": "max_requests_jitter",
    "--threads": "threads",
}  # fmt: skip
"""Flags of Gunicorn's with whole numbers, by the names of its settings."""

CONFIGURATION = "gunicorn.conf.py"
"""What Gunicorn reads where a command names no file."""

APPLICATION = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*(?:\(.*\))?")


@dataclass
class Started:
    """What the commands have told: their limits, and the configuration files that they name.

    places: the file and the line of each. limits: those on which all commands agree.
    """

    places: list[tuple[PurePosixPath, int]] = field(default_factory=list)
    limits: dict[str, int] = field(default_factory=dict)
    files: list[tuple[Command, str]] = field(default_factory=list)

    @property
    def found(self) -> bool:
        """Whether there is a command at all."""
        return bool(self.places)


def change_commands(project: Project, plan: Plan) -> Started:
    """Let each command that starts this project start it by the library."""
    started = Started()
    seen: list[Mapping[str, int]] = []
    for document in project.sources.deployment():
        for command in commands_in(document):
            if _application(command, project) is None and not _is_by_file(command, project):
                continue
            started.places.append((document.path, command.line))
            seen.append(dict(_limits(command)))
            started.files += [(command, each) for each in _files(command)]
            _change(command, project, plan)
    for name in {name for limits in seen for name in limits}:
        values = {limits.get(name) for limits in seen}
        if len(values) == 1 and (value := values.pop()) is not None:
            started.limits[name] = value
    if started.found and "workers" not in started.limits:
        started.limits["workers"] = 1 if not any("workers" in each for each in seen) else 0
    return started


def _change(command: Command, project: Project, plan: Plan) -> None:
    document = command.document
    if command.name.text != "gunicorn":
        try:
            plan.edits[document] += [*as_gunicorn(command, CLASS, WHY), *exec_before(command)]
        except UnknownFlagError as error:
            what, write = error.what, error.write
            plan.notes.append(Advice(document.path, command.line, what, write, "other-servers"))
        return
    application = _application(command, project)
    worker = _worker_class(command, is_by_file=application is None)
    if isinstance(worker, Advice):
        plan.needed.append(worker)
        return
    plan.edits[document] += [*([worker] if worker else []), *exec_before(command)]
    old = wsgi_name(project)
    if application and old and _module(application) == old:
        text = document.text[application.start : application.end]
        at = application.start + text.index(old)
        new = application_name(project).partition(":")[0]
        plan.edits[document].append(Edit(at, at + len(old), new, WHY_APPLICATION))


def _worker_class(command: Command, *, is_by_file: bool) -> Edit | Advice | None:
    """Return the edit that names the worker class, advice if another is unknown, None if it is there.

    is_by_file: a configuration file names the application, and will name the class.
    """
    for word, value in zip_longest(command.words, command.words[1:]):
        if word.text.startswith("--worker-class="):
            return _replaced(command, word, "--worker-class=")
        if word.text in {"-k", "--worker-class"} and value:
            return _replaced(command, value, "")
        if word.text.startswith("-k") and word.text != "-k":
            return _replaced(command, word, "-k")
    return None if is_by_file else _added(command, CLASS)


def _replaced(command: Command, word: Word, flag: str) -> Edit | Advice | None:
    value = word.text.removeprefix(flag)
    if value == WORKER:
        return None
    if value not in REPLACED:
        what = f"the worker class is {value}, and what it does is not known"
        return Advice(command.document.path, command.line, what, f"{flag}{WORKER}", "worker-class")
    text = command.document.text[word.start : word.end]
    at = word.start + text.index(value, text.index(flag) + len(flag))
    return Edit(at, at + len(value), WORKER, WHY)


def _added(command: Command, flag: str) -> Edit:
    """Return the edit that adds a flag after the program's name."""
    document, end = command.document, command.name.end
    if not command.is_list:
        return Edit(end, end, f" {flag}", WHY)
    text = document.text
    quote = text[end] if text[end : end + 1] in {'"', "'"} else ""
    end += len(quote)
    line = text.rfind("\n", 0, command.name.start) + 1
    before = text[line : command.name.start - len(quote)]
    if before.strip() == "-":  # an item of YAML's, on a line of its own
        return Edit(end, end, f"{document.newline}{before.split('-')[0]}- {flag}", WHY)
    return Edit(end, end, f", {quote}{flag}{quote}", WHY)


def _application(command: Command, project: Project) -> Word | None:
    """Return the word that names this project's application."""
    names = {wsgi_name(project), application_name(project).partition(":")[0]} - {""}
    return next((word for word in command.words if _module(word) in names), None)


def _module(word: Word) -> str:
    return word.text.partition(":")[0].partition("(")[0]


def _is_by_file(command: Command, project: Project) -> bool:
    """Tell whether Gunicorn takes this project's application from a configuration file."""
    if command.name.text != "gunicorn" or any(map(_is_other_application, command.words)):
        return False
    named = [PurePosixPath(each.removeprefix("file:")).name for each in _files(command)]
    if not named and (command.words or not _is_alone(command)):
        return False
    modules = {wsgi_name(project), application_name(project).partition(":")[0]} - {""}
    return any(
        module in document.text
        for path in project.sources.paths
        if path.name in (named or [CONFIGURATION]) and (document := project.sources.document(path))
        for module in modules
    )


def _is_other_application(word: Word) -> bool:
    """Tell whether a word names an application, which is none of this project's."""
    return APPLICATION.fullmatch(word.text) is not None or word.text.startswith("$")


def _files(command: Command) -> list[str]:
    """Return the configuration files that a command names."""
    return list(_values(command, "-c", "--config"))


def _is_alone(command: Command) -> bool:
    """Tell whether a command is `gunicorn` and nothing else, and no name of a package or service."""
    text, name = command.document.text, command.name
    before = text[text.rfind("\n", 0, name.start) + 1 : name.start].strip()
    return before.endswith(('["', "['", "exec", "web:", "ExecStart=", "command:", "CMD"))


def _values(command: Command, *flags: str) -> Iterator[str]:
    for word, following in zip_longest(command.words, command.words[1:]):
        flag, equals, value = word.text.partition("=")
        if flag in flags:
            if equals:
                yield value
            elif following:
                yield following.text


def _limits(command: Command) -> Iterator[tuple[str, int]]:
    for flag, name in LIMITS.items():
        for value in _values(command, flag):
            if value.isdigit():
                yield name, int(value)
    for word in command.words:  # as in -w4
        if word.text[:2] in {"-w", "-t"} and word.text[2:].isdigit():
            yield LIMITS[word.text[:2]], int(word.text[2:])
