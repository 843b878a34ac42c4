"""The Python that a project runs on: on an old one there is no uvicorn-worker, or another one."""

from __future__ import annotations

from pathlib import Path

import pytest

from upgrade.project import OLD, migrated, topics

START = {"start.sh": f"gunicorn -k {OLD} app\n", "requirements.txt": "gunicorn\nuvicorn==0.22.0\n"}


@pytest.mark.parametrize(
    "stated",
    [
        {"Dockerfile": "FROM python:3.7-slim\n"},
        {"Dockerfile": "ARG PYTHON=3.7\nFROM --platform=linux/amd64 python:${PYTHON}-slim AS build\n"},
        {"docker/Dockerfile.prod": "FROM registry.example.com/library/python:3.6\n"},
        {"Dockerfile": "FROM own/fastapi:python3.7\n"},
        {"Pipfile": "[requires]\npython_version = '3.7'\n"},
        {"setup.py": "setup(python_requires='>=3.6,<3.8')\n"},
        {"setup.cfg": "[options]\npython_requires = ~=3.7.2\n"},
        {"pyproject.toml": "[tool.poetry.dependencies]\npython = '~3.7'\n"},
        {"runtime.txt": "python-3.7.12\n"},
        {".python-version": "3.6.8\n"},
    ],
)  # fmt: skip
def test_nothing_is_changed_where_no_release_runs(tmp_path: Path, stated: dict[str, str]) -> None:
    """The newest that pip would find is 0.1.0, which is empty."""
    after, result = migrated(tmp_path, {**START, **stated})
    assert after == {**START, **stated}
    assert sorted(topics(result)) == ["held-back", "python"]


@pytest.mark.parametrize(
    "stated",
    [
        {"Dockerfile": "FROM python:3.8\n"},
        {"Pipfile": "[requires]\npython_full_version = '3.8.10'\n"},
        {"setup.py": "setup(python_requires='>=3.6,<3.9')\n"},
        {"setup.cfg": "[options]\npython_requires = >=3.6\n"},
        {"runtime.txt": "python-3.8.18\n"},
        {".python-version": "3.8\n"},
    ],
)
def test_release_for_python_3_8_is_0_2_0(tmp_path: Path, stated: dict[str, str]) -> None:
    """Its code is that of 0.3.0."""
    after, result = migrated(tmp_path, {**START, **stated})
    assert after["requirements.txt"] == "gunicorn\nuvicorn==0.22.0\nuvicorn-worker==0.2.0\n"
    assert topics(result) == []


@pytest.mark.parametrize(
    "stated",
    [
        {"Dockerfile": "FROM python:3.12-slim\nFROM node:20\n"},
        {"Dockerfile": "ARG PYTHON\nFROM python:$PYTHON\n"},
        {"Dockerfile": "FROM python:3.12\n", "setup.py": "setup(python_requires='>=3.6')\n"},
        {"pyproject.toml": "[project]\nrequires-python = '{{ python }}'\n"},
        {".python-version": "pypy3.9\n"},
    ],
)
def test_other_python_is_right(tmp_path: Path, stated: dict[str, str]) -> None:
    """What an image has counts for more than what a package could run on."""
    after, result = migrated(tmp_path, {**START, **stated})
    assert after["requirements.txt"].endswith("uvicorn-worker==0.3.0\n")
    assert topics(result) == []


def test_empty_release_is_told(tmp_path: Path) -> None:
    """No worker boots with it."""
    files = {**START, "requirements.txt": "gunicorn\nuvicorn==0.22.0\nuvicorn-worker==0.1.0\n"}
    _, result = migrated(tmp_path, files)
    told = [each.what for _, each in result.decisions if each.topic == "versions"]
    assert told == ["uvicorn-worker==0.1.0 is an empty package"]


def test_one_of_several_images_is_told(tmp_path: Path) -> None:
    """It may install what the others do."""
    images = {"mail/Dockerfile": "FROM python:3.7\n", "Dockerfile": "FROM python:3.12\n"}
    after, result = migrated(tmp_path, {**START, **images})
    assert after["requirements.txt"].endswith("uvicorn-worker==0.3.0\n")
    assert [(str(path), each.topic) for path, each in result.decisions] == [
        ("mail/Dockerfile", "python")
    ]
