"""The API of a project: one contract by two frameworks, and no trace of what was not chosen."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from browsers import MISSING
from guides import blocks, follow_startapp, type_in, write
from proving import prove
from quality import environment_for, environment_with_serving_tests
from rendering import TEMPLATE, render, texts

from proofs.postgresql import postgresql

FRAMEWORKS = ("ninja", "drf")
WORDS = {
    "ninja": ("ninja", "pydantic"),
    "drf": ("rest.?framework", "spectacular", r"\bdrf\b"),
}
WORDS_OF_BOTH = ("openapi", r"\bapi/", "API_(?!url)", r"problem\+json", "bearer", r"\btokens\b")
CHECKS = (
    "ruff check .",
    "ruff format --check .",
    "mypy",
    "python manage.py check --fail-level WARNING",
    "pytest --quiet -p no:cacheprovider",
)
CONTRACT = "schemathesis>=4.32"
"""Not in a project's own tests: it brings 9 packages, and takes longer than all of them."""


@pytest.fixture(scope="module")
def projects(project_for_each: Callable[[str], dict[str, Path]]) -> dict[str, Path]:
    """Return a project for each answer."""
    return project_for_each("api")


@pytest.mark.parametrize("answer", ["none", *FRAMEWORKS])
def test_an_answer_leaves_no_trace_of_the_others(projects: dict[str, Path], answer: str) -> None:
    """Neither words, nor files, nor a folder that holds nothing."""
    words = [word for other, words in WORDS.items() if other != answer for word in words]
    words += WORDS_OF_BOTH if answer == "none" else ()
    for name, text in texts(projects[answer]).items():
        read = re.sub('^api = ".*"$', "", text, flags=re.MULTILINE)  # the answer itself
        for word in words:
            assert not re.search(word, f"{name}\n{read}", re.IGNORECASE), (name, word)
    assert [p for p in projects[answer].rglob("*") if p.is_dir() and not any(p.iterdir())] == []


def contract(project: Path) -> dict[str, object]:
    """Return what each operation takes and answers, without the words of a framework for it."""
    described = json.loads((project / "docs" / "openapi.json").read_text("utf-8"))
    return {
        f"{method} {path}": (
            operation["operationId"],
            {(place["in"], place["name"]) for place in operation.get("parameters", [])},
            set(operation["responses"]),
            operation.get("security"),
            "requestBody" in operation,
        )
        for path, operations in described["paths"].items()
        for method, operation in operations.items()
    }


def test_both_frameworks_give_the_same(projects: dict[str, Path]) -> None:
    """Operations, parameters, answers, and who may ask."""
    assert contract(projects["ninja"]) == contract(projects["drf"])
    assert len(contract(projects["ninja"])) == 6


def test_words_are_there_with_their_answers(projects: dict[str, Path]) -> None:
    """Those that the test above looks for."""
    for framework in FRAMEWORKS:
        found = "\n".join(texts(projects[framework]).values())
        for word in (*WORDS[framework], *WORDS_OF_BOTH):
            assert re.search(word, found, re.IGNORECASE), (framework, word)


@pytest.mark.night
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_guide_can_be_typed(framework: str, tmp_path: Path) -> None:
    """A resource of one's own, after which lint, types and tests still pass."""
    project = render(tmp_path, api=framework)
    python = environment_for(project)
    for language, text in blocks(project / "docs" / "api.md"):
        if language == "python":
            write(project, text)
        elif language == "sh":
            said = type_in(project, python, text)
            if "startapp" in text:
                follow_startapp(project, said)
    for command in CHECKS:
        type_in(project, python, command)
    description = (project / "docs" / "openapi.json").read_text("utf-8")
    assert "/api/v1/entries" in description


def prove_api(project: Path, tests: str, **environment: str) -> None:
    """Copy `proofs/api` into a project, and run a part of it."""
    shutil.copytree(TEMPLATE / "proofs" / "browser", project / "tests" / "browser")
    python = environment_with_serving_tests(project, CONTRACT)
    prove(project, python, "api", tests=tests, **environment)


def test_contract_holds(tmp_path: Path) -> None:
    """Against Gunicorn, on SQLite, where there are no containers; there both are tried."""
    prove_api(render(tmp_path, api="ninja"), "test_contract.py")


@pytest.mark.compose
@pytest.mark.night
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_contract_holds_on_postgresql(framework: str, tmp_path: Path) -> None:
    """Which refuses texts that SQLite takes."""
    with postgresql() as url:
        prove_api(render(tmp_path, api=framework), "test_contract.py", API_DATABASE_URL=url)


@pytest.mark.skipif(MISSING and os.environ.get("CI") != "true", reason="there is no Chromium")
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_page_works_in_a_browser(framework: str, tmp_path: Path) -> None:
    """Under the policy of all pages."""
    assert not MISSING, "Chromium is needed; on Debian: apt-get install chromium"
    prove_api(render(tmp_path, api=framework), "test_page.py")
