"""The worker in containers: it is healthy or it is not, and a new version loses no task."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from rendering import render
from stacks import (
    Production,
    Stack,
    development_stack,
    eventually,
    started_production,
    unique_slug,
)
from task_site import CELERY_TASKS, DATABASE_TASKS, DEADLINE, ENQUEUING, until

pytestmark = pytest.mark.compose

TASKS = 60
"""Enqueued by visitors while a new version is deployed."""


def with_tasks(folder: Path, choice: str) -> Path:
    """Make a project with tasks of its own, and a page that enqueues one."""
    slug = unique_slug()
    project = render(folder, tasks=choice, project_slug=slug)
    home = project / slug / "home"
    (home / "work.py").write_text(DATABASE_TASKS if choice == "database" else CELERY_TASKS)
    with (home / "tasks.py").open("a") as tasks:
        tasks.write(f"\n\nfrom {slug}.home.work import *  # noqa\n")
    with (project / "config" / "urls.py").open("a") as urls:
        method = "enqueue" if choice == "database" else "delay_on_commit"
        urls.write(ENQUEUING.format(slug=slug, method=method))
    return project


def notes(stack: Stack, what: str) -> list[list[str]]:
    """Return number and attempt of what the tasks have written."""
    slug = stack.folder.name
    query = "SELECT what, number, attempt FROM note ORDER BY 2, 3"
    user = slug if isinstance(stack, Production) else "postgres"
    psql = ["psql", "--username", user, "-AtF,", slug, "--command", query]
    rows = [line.split(",") for line in stack.execute("postgres", *psql).splitlines()]
    return [rest for kind, *rest in rows if kind == what]


def make_table(stack: Stack) -> None:
    """Make the table that the tasks write to."""
    slug = stack.folder.name
    user = slug if isinstance(stack, Production) else "postgres"
    table = "CREATE TABLE note (number integer, attempt integer, what text)"
    stack.execute("postgres", "psql", "--username", user, slug, "--command", table)


@pytest.fixture(
    scope="module", params=["database", pytest.param("celery", marks=pytest.mark.night)]
)
def production(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Production]:
    """Start a production stack with a worker."""
    project = with_tasks(tmp_path_factory.mktemp(request.param), request.param)
    with started_production(project) as stack:
        make_table(stack)
        yield stack


def test_worker_is_healthy_and_reaches_what_it_needs(production: Production) -> None:
    """`up --wait` has waited for it; it is read-only, limited, and in no network with Caddy."""
    assert production.inspect("worker", "{{.State.Health.Status}}") == "healthy"
    config = json.loads(production.compose("config", "--format", "json"))["services"]["worker"]
    assert config["read_only"] is True
    assert set(config["networks"]) == {"back", "cache", "internet"}
    assert int(config["deploy"]["resources"]["limits"]["memory"]) > 0


def test_frozen_worker_is_unhealthy(production: Production) -> None:
    """A process alone does not make it healthy."""
    check = json.loads(production.inspect("worker", "{{json .Config.Healthcheck.Test}}"))[1:]
    check[-1] = check[-1].replace("> 60", "> 5")

    def says(*, healthy: bool) -> bool:
        try:
            production.compose("exec", "-T", "worker", *check, check=healthy)
        except AssertionError:
            return False
        return True

    until(lambda: says(healthy=True))
    production.compose("kill", "--signal", "STOP", "worker")
    until(lambda: says(healthy=False))
    production.compose("kill", "--signal", "CONT", "worker")
    until(lambda: says(healthy=True))


def test_deploy_loses_no_task(production: Production) -> None:
    """Visitors enqueue while web and worker are replaced; each task ends, and none runs untold."""
    with production.browser() as browser:
        eventually(browser, "/")
        answers: list[int] = []

        def visit() -> None:
            paths = (f"/enqueue/?number={number}" for number in range(TASKS))
            answers.extend(browser.get(path).status_code for path in paths)

        visitor = threading.Thread(target=visit)
        visitor.start()
        until(lambda: len(notes(production, "begun")) > 2)
        before = production.compose("ps", "--quiet", "worker")
        production.change_code()
        production.compose("build")
        production.compose("up", "--detach", "--wait")
        visitor.join(DEADLINE)
    assert production.compose("ps", "--quiet", "worker") != before
    assert answers == [200] * TASKS
    until(lambda: len({number for number, _ in notes(production, "ended")}) == TASKS)
    # A worker that stops may hand a task back that it has received and not begun: the next attempt
    # is the first that begins.
    first = [number for number, attempt in notes(production, "begun") if attempt == "1"]
    assert len(first) > TASKS / 2
    assert len(first) == len(set(first))


@pytest.mark.night
@pytest.mark.parametrize("choice", ["database", "celery"])
def test_development_runs_saved_tasks(choice: str, tmp_path: Path) -> None:
    """The worker starts again when code is saved."""
    project = with_tasks(tmp_path, choice)
    stack = development_stack(project)
    with stack.taken_down():
        stack.compose("up", "--detach", "--wait", "--build")
        make_table(stack)
        method = "enqueue" if choice == "database" else "delay_on_commit"
        code = f"from {project.name}.home.work import work; work.{method}(NUMBER, 0)"
        shell = ["python", "manage.py", "shell", "--no-imports", "--command"]
        stack.execute("web", *shell, code.replace("NUMBER", "1"))
        until(lambda: notes(stack, "ended") == [["1", "1"]])
        work = project / project.name / "home" / "work.py"
        work.write_text(
            work.read_text().replace("number, attempt, what]", "number + 10, attempt, what]")
        )

        def saved() -> bool:
            stack.execute("web", *shell, code.replace("NUMBER", "2"))
            return ["12", "1"] in notes(stack, "ended")

        until(saved)
