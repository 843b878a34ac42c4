"""The questions of a version of the template: its cookiecutter.json."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

NOT_ACCEPTED = 3
"""The exit code of a render when the template refuses an answer."""


def questions(template: str | Path) -> dict[str, Any]:
    """Return the questions of a template in a folder with their defaults, private ones too."""
    found: dict[str, Any] = json.loads((Path(template) / "cookiecutter.json").read_text("utf-8"))
    return found


def new_questions(asked: Mapping[str, Any], answers: Mapping[str, str]) -> dict[str, str]:
    """Return the questions of a version that have no answer yet, each with its words."""
    prompts = asked.get("__prompts__", {})
    found = {}
    for name in asked:
        if not name.startswith("_") and name not in answers:
            words = prompts.get(name, "")
            found[name] = words.get("__prompt__", "") if isinstance(words, dict) else str(words)
    return found


def answers_before(asked: Mapping[str, Any]) -> dict[str, str]:
    """Return what a project has that was made before a question, where the default would add to it.

    A template says it in `_answers_before`, such as `{"accounts": "none"}`.
    """
    return dict(asked.get("_answers_before", {}))


def dropped_questions(asked: Mapping[str, Any], answers: Mapping[str, str]) -> list[str]:
    """Return the answers that a version does not ask for any more."""
    return [name for name in answers if name not in asked]


def refused_choices(
    asked: Mapping[str, Any], answers: Mapping[str, str]
) -> dict[str, Sequence[str]]:
    """Return the choices that a version offers where it does not offer the one that was made."""
    return {
        name: offered
        for name, answer in answers.items()
        if isinstance(offered := asked.get(name), list) and answer not in offered
    }
