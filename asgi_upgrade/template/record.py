"""What a project records of the template that it was made with."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from asgi_upgrade.refusals import CannotWorkError

TABLE = "cookiecutter-django-asgi"
PYPROJECT = "pyproject.toml"
CRUFT = ".cruft.json"

REGION = re.compile(
    rf"^\[tool\.{TABLE}\].*?(?=^\[(?!tool\.{TABLE}[.\]])|\Z)", re.MULTILINE | re.DOTALL
)
"""The tables of the record, and the blank lines below them."""

COPYRIGHT = re.compile(r"Copyright (?:\(c\) )?(\d{4})\b")


@dataclass(frozen=True)
class Record:
    """Template, revision and answers of a project.

    version: of the template; empty where a project is older than the field. year: the one in the
    license, which a render takes from the clock.
    """

    template: str
    revision: str
    version: str = ""
    year: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)


def read_record(pyproject: str, cruft: str, license_text: str) -> Record:
    """Return the record of a project, from the texts of its files, empty where there is none.

    The project's own record is preferred to cruft's, which moves on even where a change of cruft's
    update could not be applied. Raises CannotWorkError: there is none, or it is of another template.
    """
    year = COPYRIGHT.search(license_text)
    own = _own(pyproject)
    if own is not None:
        answers = own.get("answers", {})
        record = Record(
            template=str(own.get("template", "")),
            revision=str(own.get("revision", "")),
            version=str(own.get("version", "")),
            year=str(own.get("year", "") or (year[1] if year else "")),
            answers={str(name): str(answer) for name, answer in answers.items()},
        )
    elif cruft:
        record = _of_cruft(cruft, year[1] if year else "")
    else:
        raise CannotWorkError(
            f"{PYPROJECT} has no [tool.{TABLE}], which names the template, its revision and the "
            "answers: take it back from the history of the file, or leave the project as it is"
        )
    if not record.answers:
        raise CannotWorkError(
            f"no answers are recorded: write them to [tool.{TABLE}.answers] of {PYPROJECT}, each as "
            'question = "answer", and commit that'
        )
    return record


def _own(pyproject: str) -> Mapping[str, Any] | None:
    try:
        tool = tomlkit.parse(pyproject).unwrap().get("tool", {})
    except TOMLKitError as error:
        raise CannotWorkError(f"{PYPROJECT} cannot be read: {error}") from error
    found = tool.get(TABLE)
    return found if isinstance(found, dict) else None


def _of_cruft(text: str, year: str) -> Record:
    try:
        state = json.loads(text)
        context = state["context"]["cookiecutter"]
        return Record(
            template=state["template"],
            revision=state["commit"],
            version=context.get("_version", ""),
            year=context.get("__year", year),
            answers={
                name: str(answer) for name, answer in context.items() if not name.startswith("_")
            },
        )
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise CannotWorkError(f"{CRUFT} cannot be read: {error!r}") from error


def rewrite(pyproject: str, record: Record) -> str:
    """Return a rendered `pyproject.toml` that records where it comes from in truth.

    A render knows only the temporary folder of its template.
    """
    region = REGION.search(pyproject)
    if not region:
        return pyproject
    text = region[0]
    for name in ("template", "revision"):
        value = json.dumps(getattr(record, name), ensure_ascii=False)
        head, equals, tail = text.partition(f"\n{name} = ")
        if equals:
            text = f"{head}{equals}{value}\n{tail.partition(chr(10))[2]}"
    return pyproject[: region.start()] + text + pyproject[region.end() :]


def replace_region(pyproject: str, source: str) -> str:
    """Return a `pyproject.toml` with the record of another one, or with none if that has none."""
    region, other = REGION.search(pyproject), REGION.search(source)
    if not region:
        return pyproject
    return pyproject[: region.start()] + (other[0] if other else "") + pyproject[region.end() :]


def has_region(pyproject: str) -> bool:
    """Whether there is a record to be rewritten."""
    return REGION.search(pyproject) is not None


def dependencies(pyproject: str) -> object:
    """Return all that a lock file depends on, to be compared."""
    content = tomlkit.parse(pyproject).unwrap()
    project = content.get("project", {})
    names = ("requires-python", "dependencies", "optional-dependencies")
    tool = content.get("tool", {}).get("uv")
    return [[project.get(name) for name in names], content.get("dependency-groups"), tool]


def rewrite_cruft(text: str, record: Record) -> str:
    """Return cruft's record with another revision and other answers."""
    state = json.loads(text)
    state["commit"] = record.revision
    private = {n: a for n, a in state["context"]["cookiecutter"].items() if n.startswith("_")}
    if "_commit" in private:
        private["_commit"] = record.revision
    private["_version"] = record.version
    state["context"]["cookiecutter"] = {**record.answers, **private}
    return json.dumps(state, indent=2, ensure_ascii=False) + "\n"
