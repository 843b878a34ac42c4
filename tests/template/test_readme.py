"""The README from a clone: its commands are typed as they stand, and its figures were measured."""

from __future__ import annotations

import json
import re
import shutil
import statistics
from collections.abc import Mapping
from pathlib import Path

import pytest
from quality import environment_for
from rendering import PROJECT_FOLDER, TEMPLATE, commit, render, run
from upgrade.serving.planning import PLAIN, write_files
from uv import find_uv_bin

README = (TEMPLATE / "README.md").read_text("utf-8")
COMMANDS = [
    command
    for block in re.findall(r"^```sh\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    for command in block.splitlines()
]
ENTER = "\n" * 20
"""The default for each question of Cookiecutter."""

OLD = TEMPLATE / "tests" / "upgrade" / "projects" / "starlette-uv"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a clone of the repository, as a reader of the README has it."""
    folder = tmp_path_factory.mktemp("home")
    files = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=TEMPLATE)
    for name in files.stdout.split("\0"):
        if (TEMPLATE / name).is_file():
            copy = folder / "cookiecutter-django-asgi" / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(TEMPLATE / name, copy)
    return folder


def type_in(
    command: str, folder: Path, environment: Mapping[str, str] | None = None, code: int = 0
) -> str:
    """Run a command of the README in a shell, and return what it printed."""
    assert command in COMMANDS
    uvx = find_uv_bin().replace("\\", "/").rpartition("/")[0]
    shell = ("bash", "-c", f'PATH="{uvx}:$PATH"\n{command}')
    done = run(*shell, cwd=folder, typed=ENTER, **(environment or {}))
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def test_every_command_is_tried_here_or_by_the_tasks_themselves() -> None:
    """`.ci/run` types what begins with bootstrap.py, and the server is asked by other tests."""
    others = [command for command in COMMANDS if not command.startswith("python3 bootstrap.py")]
    assert others == [
        "uvx cookiecutter cookiecutter-django-asgi",
        "cd my_project",
        "uv run manage.py migrate",
        "uv run manage.py runserver",
        "uvx --from ../cookiecutter-django-asgi asgi-upgrade template",
        "uvx --from ../cookiecutter-django-asgi asgi-upgrade worker --diff",
        "uvx --from ../cookiecutter-django-asgi asgi-upgrade serving --diff",
    ]
    ci = (TEMPLATE / ".ci" / "run").read_text("utf-8")
    assert "python3 bootstrap.py" in ci


def test_project_can_be_made_from_a_clone(home: Path) -> None:
    """And its database be migrated."""
    said = type_in("uvx cookiecutter cookiecutter-django-asgi", home)
    assert "The project is ready." in said
    project = home / "my_project"
    python = environment_for(project)
    built = {"UV_PROJECT_ENVIRONMENT": str(python.parent.parent), "UV_NO_SYNC": "1"}
    assert "Applying users.0001_initial... OK" in type_in(
        "uv run manage.py migrate", project, built
    )


def test_a_project_can_be_updated_from_a_clone(home: Path) -> None:
    """It lies beside the clone, which has a newer version."""
    clone = home / "cookiecutter-django-asgi"
    commit(clone)
    project = render(home, template=clone, project_slug="updated")
    commit(project)
    (clone / PROJECT_FOLDER / "NEWS.md").write_text("News\n")
    declared = clone / "pyproject.toml"
    text = declared.read_text("utf-8")
    declared.write_text(re.sub("(?m)^version = .*$", 'version = "99.0"', text, count=1), "utf-8")
    commit(clone)
    said = type_in("uvx --from ../cookiecutter-django-asgi asgi-upgrade template", project)
    assert "to   99.0 (" in said
    assert (project / "NEWS.md").read_text() == "News\n"


def test_older_project_can_be_moved_from_a_clone(home: Path) -> None:
    """It lies beside the clone."""
    project = shutil.copytree(OLD, home / "older")
    command = "uvx --from ../cookiecutter-django-asgi asgi-upgrade worker --diff"
    said = type_in(command, project, code=1)  # there is something to change
    assert "+from uvicorn_worker import UvicornWorker" in said


def test_another_project_can_be_served_from_a_clone(home: Path) -> None:
    """It lies beside the clone, and never saw the template."""
    project = home / "plain"
    write_files(project, PLAIN)
    command = "uvx --from ../cookiecutter-django-asgi asgi-upgrade serving --diff"
    said = type_in(command, project, code=1)  # there is something to change
    assert "+from asgi_serving.asgi import get_asgi_application" in said


def test_figures_are_those_of_the_last_measurement() -> None:
    """The median of its rounds, as the page on performance has it."""
    measured = json.loads((TEMPLATE / "docs/performance/results.json").read_text("utf-8"))
    rates = {
        page: {
            peer: statistics.median(round_["rate"] for round_ in rounds)
            for peer, rounds in peers.items()
        }
        for page, peers in measured["throughput"].items()
    }
    title, _, *rows = re.findall(r"^\|(.*)\|$", README, re.MULTILINE)
    pages = [cell.strip() for cell in title.split("|")][1:]
    assert len(rows) == 4
    for row in rows:
        peer, *cells = (cell.strip() for cell in row.split("|"))
        times = [f"{rates[page]['This project'] / rates[page][peer]:.1f}" for page in pages]
        assert cells == times


def test_no_organisation_is_named() -> None:
    """All works from a clone, whose address is in git: nothing has to be changed by who publishes it."""
    found = run("git", "grep", "--files-with-matches", "[:/]ORG/", cwd=TEMPLATE)
    assert found.stdout == ""
    named = "github.com[:/][A-Za-z0-9_-]*/cookiecutter-django-asgi"
    assert run("git", "grep", "--files-with-matches", named, cwd=TEMPLATE).stdout == ""
