"""Render versions of the template: run as a process, as the code of a template stays in memory.

`python -m asgi_upgrade.template.rendering_process FOLDER ...`, each with an order.json, a config.yaml,
and a folder output. Exit codes: 0, or 3 when a template does not accept an answer, which is told on
standard error.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from cookiecutter.environment import StrictEnvironment
from cookiecutter.exceptions import CookiecutterException
from cookiecutter.generate import generate_context
from cookiecutter.main import cookiecutter
from cookiecutter.prompt import (
    prompt_choice_for_config,
    read_user_variable,
    read_user_yes_no,
    render_variable,
)

from asgi_upgrade.template.questions import NOT_ACCEPTED, questions


def main(*folders: str) -> int:
    """Render as ordered. Returns the exit code."""
    for folder in map(Path, folders):
        order = json.loads((folder / "order.json").read_text("utf-8"))
        before = set(sys.modules)
        try:
            render(order, folder)
        except (CookiecutterException, ValueError) as error:
            print(error, file=sys.stderr)
            return NOT_ACCEPTED
        for name in set(sys.modules) - before:
            # The next version has modules of the same names.
            if (getattr(sys.modules[name], "__file__", None) or "").startswith(order["template"]):
                del sys.modules[name]
    return 0


def render(order: dict[str, Any], folder: Path) -> None:
    """Render one version. Raises CookiecutterException, ValueError."""
    template, answers = order["template"], dict(order["answers"])
    if order["asked"]:
        answers |= ask(template, answers, order["asked"])
    given = literals(template, answers)
    cookiecutter(
        template, no_input=True, extra_context=given | order["private"],
        output_dir=str(folder / "output"), config_file=str(folder / "config.yaml"),
    )  # fmt: skip


def literals(template: str, answers: dict[str, str]) -> dict[str, str]:
    """Return answers so that Jinja, which renders all of them, gives them as they are."""
    asked = questions(template)
    return {
        name: "{{ " + json.dumps(answer, ensure_ascii=False) + " }}"
        if isinstance(asked.get(name), str)
        else answer
        for name, answer in answers.items()
    }


def ask(template: str, answers: dict[str, str], names: list[str]) -> dict[str, str]:
    """Ask for some answers at the terminal, with the template's own words and defaults."""
    sys.path.append(template)  # as cookiecutter does
    given = literals(template, answers)
    context = generate_context(str(Path(template) / "cookiecutter.json"), extra_context=given)
    prompts = context["cookiecutter"].pop("__prompts__", {})
    environment = StrictEnvironment(context=context, keep_trailing_newline=True)
    known: dict[str, Any] = {}
    new: dict[str, str] = {}
    for name, default in context["cookiecutter"].items():
        if name.startswith("_"):
            continue
        asked = name in names
        if isinstance(default, list):
            known[name] = prompt_choice_for_config(
                known, environment, name, default, not asked, prompts
            )
        elif isinstance(default, bool):
            known[name] = read_user_yes_no(name, default, prompts) if asked else default
        else:
            value = render_variable(environment, default, known)
            known[name] = read_user_variable(name, value, prompts) if asked else value
        if asked:
            new[name] = str(known[name])
    return new


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
