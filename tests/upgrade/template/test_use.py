"""What a person sees, and what is then in the project."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

from rendering import git, run

from upgrade.template.conftest import NEWER
from upgrade.template.mini_template import (
    FILES,
    QUESTIONS,
    ROOT,
    MiniTemplate,
    commit_all,
    status,
    tracked,
    update,
    updated,
)  # fmt: skip


def test_a_newer_version_is_taken_over_and_told(old_project: Path, template: MiniTemplate) -> None:
    """From which version to which, its news, its files, and what to type next."""
    app = old_project / "app.py"
    app.write_text(app.read_text().replace("line_2 = 2", "line_2 = 'ours'"))
    commit_all(old_project)
    done = update(old_project)
    assert done.returncode == 0, done.stderr
    newest = git(template.folder, "rev-parse", "HEAD")
    assert f"Template {template.folder}" in done.stdout
    assert f"from 0.1.0 ({template.first[:7]}, " in done.stdout
    assert f"to   0.2.0 ({newest[:7]}, " in done.stdout
    assert "- It is newer." in done.stdout
    assert "[0.1.0]" not in done.stdout
    assert "1 new:\n  docs/news.md" in done.stdout
    assert "1 merged with yours:\n  app.py" in done.stdout
    assert "git commit" in done.stdout
    assert "line_2 = 'ours'" in app.read_text()
    assert "line_25 = 'newer'" in app.read_text()
    assert (old_project / "docs" / "news.md").read_text() == NEWER["docs/news.md"]
    assert set(status(old_project).splitlines()) == {
        "M  app.py", "A  docs/news.md", "M  pyproject.toml",
    }  # fmt: skip
    record = (old_project / "pyproject.toml").read_text()
    assert f'revision = "{newest}"' in record
    assert 'version = "0.2.0"' in record
    assert f'template = "{template.folder}"' in record


def test_the_commit_is_a_plain_one(old_project: Path) -> None:
    """It has one parent, and a message that tells the versions."""
    before = git(old_project, "rev-parse", "HEAD")
    updated(old_project)
    assert git(old_project, "log", "-1", "--format=%P %s") == (
        f"{before} Update cookiecutter-django-asgi from 0.1.0 to 0.2.0"
    )
    assert status(old_project) == ""


def test_abort_takes_everything_back(old_project: Path) -> None:
    """By git's own command."""
    before = tracked(old_project)
    assert update(old_project).returncode == 0
    git(old_project, "merge", "--abort")
    assert (status(old_project), tracked(old_project)) == ("", before)
    assert not (old_project / "docs" / "news.md").exists()


def test_the_second_run_has_nothing_to_do(old_project: Path) -> None:
    """And changes nothing."""
    updated(old_project)
    done = update(old_project)
    assert done.returncode == 0
    assert "Nothing to do: the project has 0.2.0" in done.stdout
    assert status(old_project) == ""


def test_check_tells_of_a_newer_version_only(old_project: Path, template: MiniTemplate) -> None:
    """By its exit code, and in a project with uncommitted changes, too."""
    (old_project / "app.py").write_text("mine = 1\n")
    done = update(old_project, "--check")
    assert done.returncode == 1
    assert "0.2.0" in done.stdout
    assert "asgi-upgrade template" in done.stdout
    git(old_project, "checkout", "--quiet", "app.py")
    updated(old_project)
    template.commit({"docs/draft.md": "not released\n"})
    assert update(old_project, "--check").returncode == 0
    assert status(old_project) == ""


def test_diff_is_what_would_change(old_project: Path, tmp_path: Path) -> None:
    """It can be applied; nothing is written, not even an object."""
    objects = git(old_project, "count-objects")
    done = update(old_project, "--diff")
    assert done.returncode == 1
    assert status(old_project) == ""
    assert git(old_project, "count-objects") == objects
    (tmp_path / "patch").write_text(done.stdout)
    git(old_project, "apply", "--index", str(tmp_path / "patch"))
    applied = git(old_project, "write-tree")
    git(old_project, "reset", "--hard", "--quiet")
    assert update(old_project).returncode == 0
    assert git(old_project, "write-tree") == applied


def test_what_is_not_released_is_taken_by_name(old_project: Path, template: MiniTemplate) -> None:
    """A branch, a commit, a tag, a version; a project beyond the last release stays there."""
    draft = template.commit({"docs/draft.md": "not released\n"})
    for name in ("main", draft, draft[:10], "0.2.0"):
        assert update(old_project, "--to", name).returncode == 0
        assert (old_project / "docs" / "draft.md").exists() == (name != "0.2.0")
        git(old_project, "merge", "--abort")
    updated(old_project, "--to", "main")
    assert "Nothing to do" in update(old_project).stdout


def test_a_tag_names_the_release(old_project: Path, template: MiniTemplate) -> None:
    """Where there is one; without it, the commit that has declared the version first."""
    template.commit({"docs/late.md": "a part of 0.2.0\n"})
    git(template.folder, "tag", "v0.2.0")
    updated(old_project)
    assert (old_project / "docs" / "late.md").exists()


def test_new_questions_have_their_defaults(template: MiniTemplate, tmp_path: Path) -> None:
    """And are told with their words, as are those that are gone."""
    project = template.project(tmp_path / "made")
    questions = {name: default for name, default in QUESTIONS.items() if name != "color"}
    questions |= {
        "size": "{{ cookiecutter.project_slug }}-large",
        "api": ["none", "rest"],
        "__prompts__": {"size": "How large it is", "api": {"__prompt__": "The API"}},
    }
    guide = "# {{ cookiecutter.project_name }}\n\nIt is {{ cookiecutter.size }}.\n"
    template.release("0.2.0", {"docs/guide.md": guide}, questions=questions)
    said = updated(project)
    assert 'size = "shop-large"  How large it is' in said
    assert 'api = "none"  The API' in said
    assert "asked no more: color" in said
    record = (project / "pyproject.toml").read_text()
    assert 'size = "shop-large"\napi = "none"\n' in record
    assert "color" not in record
    assert (project / "docs" / "guide.md").read_text() == "# My Shop\n\nIt is shop-large.\n"


def test_an_older_project_goes_on_without_what_it_never_had(
    template: MiniTemplate, tmp_path: Path
) -> None:
    """Though new projects have it by default; who wants it says so, then or later."""
    project = template.project(tmp_path / "made")
    questions = QUESTIONS | {
        "accounts": ["all", "none"],
        "_answers_before": {"accounts": "none"},
    }
    guide = "It has {{ cookiecutter.accounts }} accounts.\n"
    template.release("0.2.0", {"docs/guide.md": guide}, questions=questions)
    assert 'accounts = "none"' in updated(project)
    assert (project / "docs" / "guide.md").read_text() == "It has none accounts.\n"
    assert 'accounts = "none"' in (project / "pyproject.toml").read_text()
    updated(project, "--answer", "accounts=all")
    assert (project / "docs" / "guide.md").read_text() == "It has all accounts.\n"
    new = template.project(tmp_path / "new")
    assert (new / "docs" / "guide.md").read_text() == "It has all accounts.\n"


def test_questions_are_asked(template: MiniTemplate, tmp_path: Path) -> None:
    """Only the new ones, at a terminal."""
    project = template.project(tmp_path / "made", project_name="{{ odd }} name")
    questions = QUESTIONS | {"api": ["none", "rest"], "size": "10"}
    template.release("0.2.0", {}, questions=questions)
    terminal, inside = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "asgi_upgrade", "template", "--ask"],
        cwd=project, stdin=inside, stdout=inside, stderr=inside,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    os.close(inside)
    os.write(terminal, b"2\n77\n")
    said = b""
    try:
        while part := os.read(terminal, 4096):
            said += part
    except OSError:  # the other end is closed
        pass
    assert process.wait() == 0, said
    os.close(terminal)
    assert b"project_name" not in said
    record = (project / "pyproject.toml").read_text()
    assert 'api = "rest"\nsize = "77"' in record
    assert 'project_name = "{{ odd }} name"' in record


def test_an_answer_is_changed_without_a_newer_version(
    template: MiniTemplate, tmp_path: Path
) -> None:
    """Which is how an option is turned on later."""
    project = template.project(tmp_path / "made")
    updated(project, "--answer", "color=blue")
    assert "It is blue." in (project / "docs" / "guide.md").read_text()
    assert 'color = "blue"' in (project / "pyproject.toml").read_text()
    assert "Nothing to do" in update(project).stdout


def test_a_choice_that_is_gone_is_answered_anew(template: MiniTemplate, tmp_path: Path) -> None:
    """The error names what to type."""
    project = template.project(tmp_path / "made")
    template.release("0.2.0", {}, questions=QUESTIONS | {"color": ["blue", "green"]})
    done = update(project)
    assert done.returncode == 2
    assert (
        "0.2.0 does not take color = 'red': say --answer color=VALUE with one of blue, green"
        in (done.stderr)
    )
    updated(project, "--answer", "color=green")
    assert "It is green." in (project / "docs" / "guide.md").read_text()


def test_the_year_is_the_projects(template: MiniTemplate, tmp_path: Path) -> None:
    """And no change of the license, in a project whose record is older than the field as well."""
    project = template.project(tmp_path / "made")
    year = (project / "LICENSE").read_text().split()[2]
    for name in ("LICENSE", "pyproject.toml"):
        text = (project / name).read_text().replace(year, "1999")
        if name == "pyproject.toml":
            text = text.replace('year = "1999"\n', "")
        (project / name).write_text(text)
    commit_all(project)
    template.release("0.2.0", {"LICENSE": FILES["LICENSE"] + "All of it.\n"})
    updated(project)
    assert (project / "LICENSE").read_text() == "Copyright (c) 1999 Somebody\nAll of it.\n"
    assert 'year = "1999"' in (project / "pyproject.toml").read_text()


def test_private_files_are_never_touched(old_project: Path, template: MiniTemplate) -> None:
    """Neither `.env` nor secrets, nor the lock file of somebody else's render."""
    (old_project / ".env").write_text("SECRET_KEY=mine\n")
    template.commit({"secrets/key": "rendered\n", "uv.lock": "rendered\n"})
    updated(old_project, "--to", "main")
    assert (old_project / ".env").read_text() == "SECRET_KEY=mine\n"
    assert not (old_project / "secrets").exists()
    assert not (old_project / "uv.lock").exists()


def test_modes_and_links_are_taken_over(old_project: Path, template: MiniTemplate) -> None:
    """A new program can be run, and a team's link stays one."""
    (old_project / "link").symlink_to("app.py")
    (old_project / "app.py").chmod(0o755)
    commit_all(old_project)
    template.commit({"deploy/stop": "#!/bin/sh\n"})
    (template.folder / "{{cookiecutter.project_slug}}" / "deploy" / "stop").chmod(0o755)
    template.commit({})
    updated(old_project, "--to", "main")
    assert os.access(old_project / "deploy" / "stop", os.X_OK)
    assert os.access(old_project / "app.py", os.X_OK)
    assert (old_project / "link").is_symlink()
    assert status(old_project) == ""


def test_migrations_of_a_project_stay(template: MiniTemplate, tmp_path: Path) -> None:
    """Only such come in as it has never had, and a clash with the team's own is told."""
    name = "users/migrations/0001_initial.py"
    template.release("0.1.5", {name: "first = 1\n"})
    project = template.project(tmp_path / "made")
    own = project / "users" / "migrations" / "0002_team.py"
    own.write_text("own = 1\n")
    commit_all(project)
    later = {name: "first = 'changed'\n", "users/migrations/0002_later.py": "second = 2\n"}
    template.release("0.2.0", later)
    said = updated(project)
    assert (project / name).read_text() == "first = 1\n"
    assert own.read_text() == "own = 1\n"
    assert (project / "users" / "migrations" / "0002_later.py").exists()
    assert f"{name}: a migration that databases may have had" in said
    assert "makemigrations --merge" in said


def test_each_version_runs_its_own_code(template: MiniTemplate, tmp_path: Path) -> None:
    """Modules of the same name, which Python would load once."""
    extension = (
        "from jinja2.ext import Extension\n\n\nclass Words(Extension):\n"
        "    def __init__(self, environment):\n        super().__init__(environment)\n"
        "        environment.globals['word'] = '{}'\n"
    )
    asked = QUESTIONS | {"_extensions": ["words.Words"]}
    (template.folder / "words.py").write_text(extension.format("old"))
    template.release("0.1.5", {"word": "{{ word }}\n"}, questions=asked)
    project = template.project(tmp_path / "made")
    sys.modules.pop("words")
    (project / "word").write_text("old\nand ours\n")
    commit_all(project)
    (template.folder / "words.py").write_text(extension.format("new"))
    template.release("0.2.0", {}, questions=asked)
    done = update(project)
    assert done.returncode == 1  # both have changed the line, or the one below it
    assert "new\n" in (project / "word").read_text()


def test_a_reader_may_stop_reading(old_project: Path) -> None:
    """As `head` does."""
    command = f"{sys.executable} -m asgi_upgrade template --diff | head -n 1"
    done = run("bash", "-c", command, cwd=old_project, PYTHONPATH=str(ROOT))
    assert done.stdout.startswith("diff --git")
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_help_tells_of_exit_codes() -> None:
    """And of everything that can be asked."""
    done = run(sys.executable, "-m", "asgi_upgrade", "template", "--help", cwd=ROOT)
    for option in ("--to", "--diff", "--check", "--ask", "--answer", "--template", "exit codes"):
        assert option in done.stdout


def test_progress_is_told(old_project: Path) -> None:
    """On standard error, where it is no part of a diff."""
    done = update(old_project, "--diff")
    first, second, *_ = done.stderr.splitlines()
    assert first.startswith("Fetching ")
    assert "Rendering 0.1.0 and 0.2.0 ..." in done.stderr
    assert second.startswith("Template ")
