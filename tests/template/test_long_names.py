"""A project is in its own format whatever the length of its name, with every answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from quality import problems
from rendering import TEMPLATE, render

NAME = "mmmmmmmm"
LONGEST = 50
ANSWERS = [
    {"accounts": "allauth", "tasks": "database"},
    {"accounts": "allauth", "tasks": "celery"},
    {"accounts": "allauth", "api": "ninja"},
    {"accounts": "allauth", "api": "drf"},
    {"accounts": "none"},
]


@pytest.mark.parametrize("answers", ANSWERS, ids=lambda answers: " ".join(answers.values()))
def test_format_does_not_depend_on_the_name(tmp_path: Path, answers: dict[str, str]) -> None:
    """Neither that of lines nor that of imports: one project is made, and called by each length."""
    project = render(tmp_path, template=TEMPLATE, project_slug=NAME, **answers)
    written = [
        path
        for path in project.rglob("*")
        if path.suffix in {".py", ".toml"} and "asgi_serving" not in path.parts
    ]
    for length in range(1, LONGEST + 1):
        for path in written:
            copy = tmp_path / "copies" / str(length) / path.relative_to(project)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(path.read_text("utf-8").replace(NAME, "m" * length), "utf-8")
    copies = str(tmp_path / "copies")
    assert problems(project, "ruff", "format", "--check", "--diff", copies) == ""
    assert problems(project, "ruff", "check", copies) == ""
