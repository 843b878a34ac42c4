"""Every combination of answers is a project that passes its own checks."""

from __future__ import annotations

from itertools import combinations, product
from pathlib import Path

import pytest
from allpairspy import AllPairs
from quality import problems, problems_once
from rendering import QUESTIONS, render

CODE = ("accounts", "api", "tasks")
"""The questions that decide which code a project has."""

CHOICES = {
    question: choices for question, choices in QUESTIONS.items() if isinstance(choices, list)
}
ORDER = [*CODE, *sorted(CHOICES.keys() - CODE, key=lambda name: (-len(CHOICES[name]), name))]
"""Many choices first, as the pairs are looked for greedily."""

CODES = [tuple(answers) for answers in AllPairs([CHOICES[question] for question in CODE])]
"""As few sets of code as have each pair of answers: types and tests run once for each."""

MOST_CODE = ("allauth", "drf", "celery")


def has_one_of_the_codes(answers: list[str]) -> bool:
    """Return whether a row that is not complete yet can have one of these sets of code."""
    begun = tuple(answers[: len(CODE)])
    return any(code[: len(begun)] == begun for code in CODES)


COMBINATIONS = [
    dict(zip(ORDER, answers, strict=True))
    for answers in sorted(
        AllPairs([CHOICES[question] for question in ORDER], filter_func=has_one_of_the_codes)
    )
]
"""Every answer to every question with choices, and every pair of two such answers.

Those with the same code follow each other: else two processes would want it looked at at a time.
"""

HOSTILE_TEXT = (
    """It's "quoted" \\ {{ 1 }} {% raw %} <script>$HOME `id` %s #1</script> Ёлка 日本 🦄"""
)
HOSTILE_ANSWERS = {
    "project_name": HOSTILE_TEXT,
    "project_slug": "zebra_2",  # sorted after the project's other packages
    "description": HOSTILE_TEXT,
    "author_name": HOSTILE_TEXT,
}
"""Every kind of text, for the projects with the most code: their pages show it as it was typed."""

CHECKS = {
    "style": ("ruff", "check", "."),
    "format": ("ruff", "format", "--check", "."),
}
CHECKS_OF_CODE = {
    "templates": ("djlint", "--lint", "--quiet", "."),
    "system": ("django", "check", "--fail-level=WARNING", "--settings=config.settings.test"),
    "migrations": (
        *("django", "makemigrations", "--check", "--dry-run"),
        "--settings=config.settings.test",
    ),
    "types": ("mypy",),
    "tests": ("pytest", "--quiet", "-p", "no:cacheprovider"),
}


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that all processes of this run share."""
    folder = tmp_path_factory.getbasetemp().parent / "results"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="module", params=COMBINATIONS, ids=lambda answers: "-".join(answers.values()))
def combination(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project made with one combination of answers."""
    code = tuple(request.param[question] for question in CODE)
    texts = HOSTILE_ANSWERS if code == MOST_CODE else {}
    return render(tmp_path_factory.mktemp("combination"), **request.param | texts)


def test_combinations_hold_every_pair_of_answers() -> None:
    """The matrix follows `cookiecutter.json` by itself."""
    assert MOST_CODE in CODES
    for one, other in combinations(CHOICES, 2):
        pairs = {(answers[one], answers[other]) for answers in COMBINATIONS}
        assert pairs == set(product(CHOICES[one], CHOICES[other])), (one, other)


@pytest.mark.parametrize("check", CHECKS)
def test_combination_is_clean(combination: Path, check: str) -> None:
    """Style and format are in order, by the rules of its Python."""
    assert problems(combination, *CHECKS[check]) == ""


@pytest.mark.parametrize("check", CHECKS_OF_CODE)
def test_combination_passes(combination: Path, check: str, results: Path) -> None:
    """Once for combinations that do not differ for these checks."""
    assert problems_once(combination, results, *CHECKS_OF_CODE[check]) == ""
