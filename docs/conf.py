"""How Sphinx builds this documentation: `nox -s docs`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from jinja2 import Template
from sphinx.application import Sphinx
from sphinx.util import logging

TEMPLATE: Final = Path(__file__).resolve().parent.parent
PROJECT: Final = TEMPLATE / "{{cookiecutter.project_slug}}"
QUESTIONS: Final = TEMPLATE / "cookiecutter.json"
PLACE_FOR_QUESTIONS: Final = "<!-- questions -->"

logger = logging.getLogger(__name__)

project = "cookiecutter-django-asgi"
author = f"{project} contributors"
extensions = ["myst_parser"]
exclude_patterns = ["_build", "*/table.md", "*/tables.md"]
html_theme = "furo"
html_title = project
html_copy_source = False
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3
nitpicky = True


def setup(app: Sphinx) -> None:
    """Take from the template what it knows best."""
    app.connect("source-read", insert_questions)
    app.connect("include-read", render)


def insert_questions(app: Sphinx, docname: str, source: list[str]) -> None:
    """Put the table of questions where the page `getting-started` wants it."""
    if docname == "getting-started":
        if PLACE_FOR_QUESTIONS not in source[0]:
            logger.warning("the place for the questions is missing", location=docname)
        source[0] = source[0].replace(PLACE_FOR_QUESTIONS, "\n".join(question_table()))
        app.env.note_dependency(QUESTIONS)


def question_table() -> Iterator[str]:
    """Yield the lines of a table that says what `cookiecutter.json` asks."""
    questions = json.loads(QUESTIONS.read_text("utf-8"))
    yield "| question | answer | default, or choices |"
    yield "|---|---|---|"
    for name, prompt in questions["__prompts__"].items():
        sentence = prompt["__prompt__"] if isinstance(prompt, dict) else prompt
        default = questions[name]
        if isinstance(default, list):
            shown = ", ".join(f"`{choice}`" for choice in default)
        else:
            shown = "made from the name" if "{" in default else f"`{default}`"
        yield f"| `{name}` | {sentence} | {shown} |"


def render(_: Sphinx, path: Path, __: str, content: list[str]) -> None:
    """Give a page of the generated project the text that it has after the default answers."""
    if PROJECT.name in path.parts:
        questions = json.loads(QUESTIONS.read_text("utf-8")) | {"project_slug": "my_project"}
        text = Template(content[0]).render(cookiecutter=questions)
        content[0] = text.replace("(environment.md)", "(settings.md#environment-variables)")
