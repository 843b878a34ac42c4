"""Checks of each change, on the host that was chosen: the same commands, and no trace of others."""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from rendering import QUESTIONS, git, run, texts

CHOICES = QUESTIONS["ci"]
FILES = {
    "github": {
        ".github/dependabot.yml", ".github/zizmor.yml", ".github/workflows/ci.yml",
        ".github/workflows/deploy.yml", ".github/workflows/update.yml",
    },
    "gitlab": {".gitlab-ci.yml", "renovate.json"},
    "none": set(),
}  # fmt: skip
WORDS = {
    "github": (r"\.github/", r"\bactions/", "dependabot", "zizmor", "pull request", "GH_TOKEN"),
    "gitlab": ("gitlab", "renovate", "merge request", "merge_request"),
}
SCHEMAS = {
    "dependabot.yml": "vendor.dependabot",
    "ci.yml": "vendor.github-workflows",
    "deploy.yml": "vendor.github-workflows",
    "update.yml": "vendor.github-workflows",
    ".gitlab-ci.yml": "vendor.gitlab-ci",
    "renovate.json": "vendor.renovate",
}


@pytest.fixture(scope="module")
def projects(project_for_each: Callable[[str], dict[str, Path]]) -> dict[str, Path]:
    """Return a project for each answer."""
    return project_for_each("ci")


@pytest.mark.parametrize("choice", FILES)
def test_an_answer_leaves_no_trace_of_the_others(projects: dict[str, Path], choice: str) -> None:
    """Neither files nor words, and no folder that holds nothing."""
    found = texts(projects[choice])
    all_files = set().union(*FILES.values())
    assert {name for name in found if name in all_files} == FILES[choice]
    for other, words in WORDS.items():
        if other == choice:
            continue
        for name, text in found.items():
            for word in words:
                assert not re.search(word, text, re.IGNORECASE), (name, word)
    assert [p for p in projects[choice].rglob("*") if p.is_dir() and not any(p.iterdir())] == []


def commands(project: Path, choice: str) -> tuple[set[str], list[str]]:
    """Return the nox sessions that run for each change, and the databases of the tests."""
    if choice == "github":
        jobs = yaml.safe_load((project / ".github/workflows/ci.yml").read_text("utf-8"))["jobs"]
        lines = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
        databases = jobs["tests"]["strategy"]["matrix"]["database"]
    else:
        jobs = yaml.safe_load((project / ".gitlab-ci.yml").read_text("utf-8"))
        lines = [
            line for name in ("quality", "tests", "container") for line in jobs[name]["script"]
        ]
        databases = jobs["tests"]["parallel"]["matrix"][0]["DATABASE_URL"]
    sessions = {word for line in lines for word in shlex.split(line)[3:] if "nox -s" in line}
    assert any(line.startswith("docker build ") for line in lines)
    return sessions, [url.partition(":")[0] for url in databases]


def test_both_hosts_run_the_same(projects: dict[str, Path]) -> None:
    """All that `nox` runs, the audit, and the tests on both databases."""
    expected = ({"lint", "types", "check", "audit", "tests"}, ["sqlite", "postgres"])
    assert commands(projects["github"], "github") == expected
    assert commands(projects["gitlab"], "gitlab") == expected


@pytest.mark.parametrize("name", SCHEMAS)
def test_files_are_what_the_hosts_read(projects: dict[str, Path], name: str) -> None:
    """By their published schemas."""
    choice = next(c for c, files in FILES.items() if any(f.endswith(name) for f in files))
    (file,) = projects[choice].rglob(name)
    checked = run(
        sys.executable, "-m", "check_jsonschema", "--builtin-schema", SCHEMAS[name], file,
        cwd=projects[choice],
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_gitlab_opens_a_merge_request(projects: dict[str, Path], tmp_path: Path) -> None:
    """By options of its push, from the script as GitLab runs it."""
    jobs = yaml.safe_load((projects["gitlab"] / ".gitlab-ci.yml").read_text("utf-8"))
    origin, clone, programs = (tmp_path / name for name in ("origin.git", "clone", "programs"))
    git(tmp_path, "init", "--quiet", "--bare", str(origin))
    git(origin, "config", "receive.advertisePushOptions", "true")
    hook = origin / "hooks" / "post-receive"
    hook.write_text(f'#!/bin/sh\nenv | grep ^GIT_PUSH_OPTION_ | sort > "{tmp_path}/options"\n')
    hook.chmod(0o755)
    git(tmp_path, "clone", "--quiet", str(origin), str(clone))
    (clone / "file").write_text("old\n")
    git(clone, "add", "file")
    git(clone, "commit", "--quiet", "--message", "Start")
    address = "https://update:secret@gitlab.example/team/shop.git"
    git(clone, "config", f"url.{origin}.insteadOf", address)
    programs.mkdir()
    # What is merged is tried with the tool's own tests.
    (programs / "uvx").write_text(
        '#!/bin/sh\n[ "$5" != --check ] || exit 1\necho new > file\ngit add file\n'
        'echo "Update the template from 0.1.0 to 0.2.0" > .git/MERGE_MSG\n'
        "cp .git/refs/heads/* .git/MERGE_HEAD\n"
    )
    (programs / "uvx").chmod(0o755)
    token = {"ASGI_UPGRADE_TOKEN": "secret"}
    done = run(
        "bash", "-e", "-c", jobs["update"]["script"][0], cwd=clone, ASGI_UPGRADE="tool",
        GITLAB_USER_NAME="Ada", GITLAB_USER_EMAIL="ada@example.com",
        CI_REPOSITORY_URL="https://gitlab-ci-token:other@gitlab.example/team/shop.git",
        PATH=f"{programs}{os.pathsep}{os.environ['PATH']}", **token,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "options").read_text().splitlines() == [
        "GIT_PUSH_OPTION_0=merge_request.create",
        "GIT_PUSH_OPTION_1=merge_request.title=Update the template from 0.1.0 to 0.2.0",
        "GIT_PUSH_OPTION_COUNT=2",
    ]
    assert git(origin, "show", "update-0.2.0:file") == "new"


def test_the_container_for_editors_is_the_one_for_development(projects: dict[str, Path]) -> None:
    """Its service, folder and port are those of the compose file."""
    project = projects["none"]
    text = (project / ".devcontainer" / "devcontainer.json").read_text("utf-8")
    settings: dict[str, Any] = json.loads(text)
    compose = yaml.safe_load((project / "compose.yaml").read_text("utf-8"))
    assert (project / ".devcontainer" / settings["dockerComposeFile"]).samefile(
        project / "compose.yaml"
    )
    service = compose["services"][settings["service"]]
    assert f".:{settings['workspaceFolder']}" in service["volumes"]
    assert all(port.endswith(f":{settings['forwardPorts'][0]}") for port in service["ports"])
