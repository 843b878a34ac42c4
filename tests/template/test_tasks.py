"""Tasks of a project: no trace where there are none, and none lost where there are."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from rendering import QUESTIONS, texts

CHOICES = QUESTIONS["tasks"]
FILES: Final = {
    "none": set(),
    "database": {
        "config/settings/tasks.py", "config/worker.py", "deploy/kubernetes/base/tasks.yaml",
        "docs/tasks.md", "shop/home/tasks.py", "tests/test_tasks.py",
    },
    "celery": {
        "config/celery.py", "config/queue_variables.py", "config/settings/tasks.py",
        "deploy/kubernetes/base/tasks.yaml", "docs/tasks.md", "shop/home/tasks.py",
        "shop/queue/__init__.py", "shop/queue/admin.py", "shop/queue/apps.py",
        "shop/queue/checks.py", "shop/queue/sending.py", "shop/queue/task.py",
        "tests/test_tasks.py",
    },
}  # fmt: skip
WORDS: Final = {
    "database": ("django.ox", "ox_worker", "lock_timeout", r"config[./]worker"),
    "celery": ("celery", "QUEUE_URL", "broker", r"\bbeat\b", "scheduler"),
}


@pytest.fixture(scope="module")
def projects(project_for_each: Callable[[str], dict[str, Path]]) -> dict[str, Path]:
    """Return a project for each answer."""
    return project_for_each("tasks")


@pytest.mark.parametrize("choice", FILES)
def test_an_answer_leaves_no_trace_of_the_others(projects: dict[str, Path], choice: str) -> None:
    """Neither files nor words, and no folder that holds nothing."""
    found = texts(projects[choice])
    assert {name for name in found if name in set().union(*FILES.values())} == FILES[choice]
    if choice == "none":
        del found["docs/first-week.md"]  # where one who needs tasks is told how to add them
    for other, words in WORDS.items():
        if other != choice:
            for name, text in found.items():
                for word in words:
                    assert not re.search(word, text, re.IGNORECASE), (name, word)
    assert [p for p in projects[choice].rglob("*") if p.is_dir() and not any(p.iterdir())] == []
    if choice == "none":
        assert not [name for name, text in found.items() if re.search(r"\bTASKS?_", text)]
