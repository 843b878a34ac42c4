"""Names and descriptions of any kind arrive in every file of a project as they were typed."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from rendering import COOKIECUTTER, QUESTIONS, TEMPLATE, render, run

HOSTILE = {
    "double quotes": '"Quoted" is """tripled"""',
    "single quotes": "It's '''tripled'''",
    "both quotes": """"It's" '"both"' \"\"\"'''""",
    "backslashes": r"C:\new\table \N{DASH} \x \u \ ends \\",
    "variable": "{{ cookiecutter.project_slug }} {{ undefined.name }} }} {{",
    "block": "{% if %} {% endraw %} {% endif %} {# comment",
    "markup": "<script>alert('x')</script> </title> &amp; <!-- --> ]]>",
    "shell": "$HOME ${HOME} $$ `id` $(id) %PATH% %s %(x)s !x ~ * ? | ; & > /dev/null",
    "toml and yaml": "# no: comment, - [list] {map} = 1 | > @ ` : value: & *x !tag",
    "yaml words": "no",
    "number": "0123",
    "dashes": "--- *** === ___ ... +++ >>>",
    "markdown": "# *Title* _x_ [link](javascript:x) ![i](x) `code` ```fence | a | b |",
    "scripts": "Ελληνικά Ёлка 日本語 한국어 ไทย हिन्दी",
    "right to left": "שלום عالم",
    "emoji": "🦄 👩\u200d👩\u200d👧 🏳️\u200d🌈 ☃",
    "look-alikes": "‘quotes’ “quotes” – — … × ﹪ Ａ а\xa0b",
    "comma": "Acme, Inc. & Sons <x@y.example>; (C) / Co.",
    "long": "word " * 60 + "end",
    "unbroken": "x" * 300,
    "about a line": "x" * 84,
}
LICENSES = QUESTIONS["license"]
LICENSE_WORDS = {
    "MIT": "Permission is hereby granted, free of charge",
    "BSD-3-Clause": "Neither the name of the copyright holder",
    "Apache-2.0": "END OF TERMS AND CONDITIONS",
    "GPL-3.0-or-later": "\n(at your option) any later version.\n",
    "proprietary": "All rights reserved.",
}


@pytest.fixture(
    scope="module", params=range(len(HOSTILE)), ids=[name.replace(" ", "-") for name in HOSTILE]
)
def hostile(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path]:
    """Return one text, and a project with that text wherever text is asked for."""
    text = list(HOSTILE.values())[request.param]
    project = render(
        tmp_path_factory.mktemp("hostile"),
        project_name=text,
        project_slug="my_project",
        description=text,
        author_name=text,
        license=LICENSES[request.param % len(LICENSES)],
    )
    return text, project


def files(project: Path, *patterns: str) -> list[Path]:
    """Return the files of a project by patterns of their names, and see that there are some."""
    found = [path for pattern in patterns for path in project.rglob(pattern) if path.is_file()]
    assert found, patterns
    return found


def test_python_is_sound_formatted_and_clean(hostile: tuple[str, Path]) -> None:
    """Compiles, and passes the linter and the formatter with the project's own configuration."""
    _, project = hostile
    for path in files(project, "*.py"):
        compile(path.read_bytes(), path, "exec")
    for command in (("format", "--check", "--diff"), ("check",)):
        result = run(sys.executable, "-m", "ruff", *command, "--no-cache", ".", cwd=project)
        assert result.returncode == 0, result.stdout + result.stderr


def test_data_files_can_be_read(hostile: tuple[str, Path]) -> None:
    """TOML, YAML and JSON are what they claim to be."""
    _, project = hostile
    for path in files(project, "*.toml"):
        tomllib.loads(path.read_text("utf-8"))
    for path in files(project, "*.yaml", "*.yml"):
        assert list(yaml.safe_load_all(path.read_text("utf-8"))), path
    for path in project.rglob("*.json"):
        json.loads(path.read_text("utf-8"))


def test_text_is_recorded_as_typed(hostile: tuple[str, Path]) -> None:
    """The metadata and the recorded answers hold the very same characters."""
    text, project = hostile
    data = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))
    assert data["project"]["description"] == text
    assert data["project"]["authors"][0]["name"] == text
    answers = data["tool"]["cookiecutter-django-asgi"]["answers"]
    assert answers.keys() == QUESTIONS.keys()
    assert {answers[name] for name in ("project_name", "description", "author_name")} == {text}


def test_license_names_the_author_as_typed(hostile: tuple[str, Path]) -> None:
    """There is one license, and its copyright line ends with the author."""
    text, project = hostile
    (path,) = project.glob("*LICENSE*")
    assert path.name == "LICENSE"
    lines = path.read_text("utf-8").splitlines()
    assert [line for line in lines if re.match(rf" *Copyright .*{re.escape(text)}$", line)]


def test_every_license_that_is_offered_is_tested() -> None:
    """A new choice in `cookiecutter.json` needs words that tell it from the others."""
    assert list(LICENSE_WORDS) == LICENSES


@pytest.mark.parametrize("choice", LICENSE_WORDS)
def test_license_is_the_chosen_one(choice: str, tmp_path: Path) -> None:
    """Each choice has one file of its own, and only one arrives."""
    project = render(tmp_path, license=choice)
    assert [path.name for path in project.glob("*LICENSE*")] == ["LICENSE"]
    assert LICENSE_WORDS[choice] in (project / "LICENSE").read_text("utf-8")


def test_nothing_of_the_template_is_left(project: Path) -> None:
    """Neither names nor contents hold what cookiecutter should have replaced."""
    markers = re.compile(r"\bcookiecutter\.|\{%-? *(end)?(raw|macro)\b")
    for path in files(project, "*"):
        assert not re.search(r"[{}%]", path.name), path
        assert not markers.search(path.read_text("utf-8")), path


def test_text_typed_at_the_prompt_arrives(tmp_path: Path) -> None:
    """Cookiecutter does not render what is typed, and the hooks must not either."""
    name = """{{ 7 * 7 }} {% raw %} "it's" \\ 🦄"""
    typed = [name, "typed", "", name, *[""] * (len(QUESTIONS) - 4)]
    result = run(*COOKIECUTTER, TEMPLATE, cwd=tmp_path, typed="\n".join(typed) + "\n")
    assert result.returncode == 0, result.stderr
    data = tomllib.loads((tmp_path / "typed" / "pyproject.toml").read_text("utf-8"))
    answers = data["tool"]["cookiecutter-django-asgi"]["answers"]
    assert (answers["project_name"], answers["author_name"]) == (name, name)
