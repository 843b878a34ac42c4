"""What both sides have changed: git's own conflicts, and what is settled without them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from rendering import git, run

from upgrade.template.mini_template import (
    FILES,
    MiniTemplate,
    commit_all,
    status,
    tracked,
    update,
    updated,
)  # fmt: skip


@pytest.fixture
def in_conflict(template: MiniTemplate, tmp_path: Path) -> Path:
    """Return a project in which an update has left a conflict in one file."""
    project = template.project(tmp_path / "made")
    app = project / "app.py"
    app.write_text(app.read_text().replace("line_9 = 9", "line_9 = 'ours'"))
    commit_all(project)
    template.release(
        "0.2.0",
        {"app.py": FILES["app.py"].replace("line_9 = 9", "line_9 = 'theirs'"), "new": "1\n"},
    )
    done = update(project)
    assert done.returncode == 1, done.stderr
    assert "1 in conflict:\n  app.py (contents)" in done.stdout
    assert "git mergetool" in done.stdout
    return project


def test_a_conflict_is_gits_own(in_conflict: Path) -> None:
    """With marks that name both sides, and three sides in the index."""
    assert "UU app.py" in status(in_conflict).splitlines()
    text = (in_conflict / "app.py").read_text()
    assert "<<<<<<< this-project\nline_9 = 'ours'\n=======\nline_9 = 'theirs'\n>>>>>>> " in text
    assert ">>>>>>> cookiecutter-django-asgi-0.2.0\n" in text
    sides = [git(in_conflict, "show", f":{side}:app.py").splitlines()[9] for side in (1, 2, 3)]
    assert sides == ["line_9 = 9", "line_9 = 'ours'", "line_9 = 'theirs'"]
    assert "You have unmerged paths" in git(in_conflict, "status")
    assert run("git", "commit", "--no-edit", cwd=in_conflict).returncode != 0


def test_a_merge_tool_settles_it(in_conflict: Path) -> None:
    """One that takes the template's side; then the commit is a plain one."""
    tool = ("-c", "mergetool.theirs.cmd=cp $REMOTE $MERGED", "-c", "mergetool.keepBackup=false")
    trust = ("-c", "mergetool.theirs.trustExitCode=true")
    git(in_conflict, *tool, *trust, "mergetool", "--no-prompt", "--tool=theirs", "app.py")
    git(in_conflict, "commit", "--quiet", "--no-edit")
    assert "line_9 = 'theirs'" in (in_conflict / "app.py").read_text()
    assert len(git(in_conflict, "log", "-1", "--format=%P").split()) == 1
    assert status(in_conflict) == ""
    assert "Nothing to do" in update(in_conflict).stdout


def test_continue_and_abort_work(in_conflict: Path) -> None:
    """As after `git merge`."""
    before = tracked(in_conflict)
    git(in_conflict, "merge", "--abort")
    assert (status(in_conflict), tracked(in_conflict)) == ("", before)
    assert not (in_conflict / "new").exists()
    assert update(in_conflict).returncode == 1
    git(in_conflict, "checkout", "--quiet", "--ours", "app.py")
    git(in_conflict, "add", "app.py")
    done = run("git", "merge", "--continue", cwd=in_conflict, GIT_EDITOR="true")
    assert done.returncode == 0, done.stderr
    assert "line_9 = 'ours'" in (in_conflict / "app.py").read_text()


def test_the_diff_shows_the_conflict(in_conflict: Path) -> None:
    """Before anything is written."""
    git(in_conflict, "merge", "--abort")
    done = update(in_conflict, "--diff")
    assert done.returncode == 1
    assert "+<<<<<<< this-project" in done.stdout
    assert status(in_conflict) == ""


def test_what_a_team_deleted_stays_deleted(template: MiniTemplate, tmp_path: Path) -> None:
    """And is told where the template has changed it."""
    project = template.project(tmp_path / "made")
    git(project, "rm", "--quiet", "app.py", "docs/guide.md")
    commit_all(project)
    template.release("0.2.0", {"app.py": FILES["app.py"] + "more = 1\n"})
    said = updated(project)
    assert "app.py: deleted here, and changed in the template" in said
    assert "docs/guide.md" not in said
    assert not (project / "app.py").exists()
    assert not (project / "docs").exists()


def test_what_the_template_removed_and_a_team_changed_is_a_conflict(
    template: MiniTemplate, tmp_path: Path
) -> None:
    """Nobody but the team knows whether its change is needed elsewhere."""
    project = template.project(tmp_path / "made")
    (project / "deploy" / "start").write_text("#!/bin/sh\nexec ours\n")
    commit_all(project)
    template.release("0.2.0", {"deploy/start": None, "app.py": None})
    done = update(project)
    assert done.returncode == 1
    assert "deploy/start (modify/delete)" in done.stdout
    assert (project / "deploy" / "start").read_text() == "#!/bin/sh\nexec ours\n"
    assert not (project / "app.py").exists()
    assert "UD deploy/start" in status(project)


def test_files_follow_a_team_that_moved_them(template: MiniTemplate, tmp_path: Path) -> None:
    """Changes of the template, and its new files in a folder that was renamed."""
    project = template.project(tmp_path / "made")
    git(project, "mv", "docs", "manual")
    git(project, "mv", "app.py", "application.py")
    commit_all(project)
    guide = FILES["docs/guide.md"] + "\nMore.\n"
    template.release(
        "0.2.0",
        {
            "app.py": FILES["app.py"].replace("line_9 = 9", "line_9 = 'theirs'"),
            "docs/guide.md": guide,
            "docs/more.md": "# More\n",
        },
    )
    updated(project)
    assert "line_9 = 'theirs'" in (project / "application.py").read_text()
    assert (project / "manual" / "guide.md").read_text().endswith("More.\n")
    assert (project / "manual" / "more.md").exists()
    assert not (project / "docs").exists()


def test_edits_follow_a_template_that_moved_a_file(template: MiniTemplate, tmp_path: Path) -> None:
    """Renames are git's on both sides."""
    project = template.project(tmp_path / "made")
    (project / "app.py").write_text("ours = 1\n" + (project / "app.py").read_text())
    commit_all(project)
    template.release("0.2.0", {"app.py": None, "site/application.py": FILES["app.py"]})
    updated(project)
    assert (project / "site" / "application.py").read_text().startswith("ours = 1\n")
    assert not (project / "app.py").exists()


def test_a_module_that_goes_away_and_is_needed_is_told(
    template: MiniTemplate, tmp_path: Path
) -> None:
    """With file and line of the import."""
    template.release("0.1.5", {"tools/clock.py": "now = 1\n", "tools/__init__.py": ""})
    project = template.project(tmp_path / "made")
    (project / "team.py").write_text("import os\nfrom tools import clock\n")
    commit_all(project)
    template.release("0.2.0", {"tools/clock.py": None})
    said = updated(project)
    assert "team.py:2: tools.clock is imported, and tools/clock.py goes away" in said


@pytest.mark.parametrize("kind", ["untracked", "ignored", "overlooked", "below a file"])
def test_nothing_is_overwritten_that_is_not_committed(old_project: Path, kind: str) -> None:
    """The error names the file; nothing has changed."""
    name, text = "docs/news.md", "mine\n"
    if kind == "overlooked":
        name = "app.py"
        git(old_project, "update-index", "--assume-unchanged", name)
    elif kind == "ignored":
        (old_project / ".gitignore").write_text("news.md\n")
        commit_all(old_project)
    elif kind == "below a file":
        git(old_project, "rm", "-r", "--quiet", "docs")
        commit_all(old_project)
        name = "docs"
    (old_project / name).write_text(text)
    before = status(old_project)
    done = update(old_project)
    assert done.returncode == 2
    assert name in done.stderr
    assert "Traceback" not in done.stderr
    assert (old_project / name).read_text() == text
    assert status(old_project) == before
    assert not (old_project / ".git" / "MERGE_HEAD").exists()


def test_windows_line_endings_stay(template: MiniTemplate, tmp_path: Path) -> None:
    """In merged files, in moved ones, and in a conflict; no line is changed for its end."""
    template.release("0.1.5", {"b.txt": "".join(f"{n}\n" for n in range(20)), "c.txt": "c\n"})
    project = template.project(tmp_path / "made")
    for name in ("app.py", "b.txt", "c.txt", "docs/guide.md"):
        place = project / name
        place.write_bytes(place.read_bytes().replace(b"\n", b"\r\n"))
    app = project / "app.py"
    app.write_bytes(app.read_bytes().replace(b"line_9 = 9", b"line_9 = 'ours'"))
    git(project, "mv", "b.txt", "moved.txt")
    commit_all(project)
    numbers = "".join(f"{n}\n" for n in range(19)) + "last\n"
    template.release("0.2.0", {"app.py": FILES["app.py"] + "more = 1\n", "b.txt": numbers})
    updated(project)
    content = app.read_bytes()
    assert b"line_9 = 'ours'\r\n" in content
    assert content.endswith(b"line_29 = 29\r\nmore = 1\r\n")
    assert (project / "moved.txt").read_bytes().endswith(b"18\r\nlast\r\n")
    assert (project / "docs" / "guide.md").read_bytes().count(b"\r\n") == 3
    assert status(project) == ""
    template.release("0.3.0", {"app.py": FILES["app.py"].replace("line_9 = 9", "line_9 = 0")})
    assert update(project).returncode == 1
    content = app.read_bytes()
    assert content.count(b"\r\n") == content.count(b"\n")
    assert b"<<<<<<< this-project\r\n" in content


def test_the_library_is_replaced_whole(template: MiniTemplate, tmp_path: Path) -> None:
    """Unless it was changed, which is merged and told; or is newer, or is not there."""
    template.release("0.1.5", library("1.0", {"a.py": "one = 1\n", "old.py": "old = 1\n"}))
    folder = tmp_path / "made"
    projects = {
        name: template.project(folder / name)
        for name in ("untouched", "newer", "touched", "absent", "replaced")
    }
    texts = library("3.0", {"a.py": "three = 3\n"})
    for name in ("newer", "replaced"):
        if name == "replaced":
            texts = library("1.5", {"a.py": "one_and_a_half = 1\n"})
        git(projects[name], "rm", "-r", "--quiet", "asgi_serving")
        for path, text in texts.items():
            place = projects[name] / path
            place.parent.mkdir(exist_ok=True)
            place.write_text(text or "")
    (projects["touched"] / "asgi_serving" / "own.py").write_text("own = 1\n")
    git(projects["absent"], "rm", "-r", "--quiet", "asgi_serving")
    for project in projects.values():
        commit_all(project)
    newer = library("2.0", {"a.py": "two = 2\n", "new.py": "new = 2\n"})
    template.release("0.2.0", {**newer, "asgi_serving/old.py": None})

    said = {name: updated(project) for name, project in projects.items()}

    def listed(name: str) -> list[str]:
        return sorted(path.name for path in (projects[name] / "asgi_serving").iterdir())

    for name in ("untouched", "replaced"):
        assert listed(name) == ["a.py", "manifest.json", "new.py"]
        assert (projects[name] / "asgi_serving" / "a.py").read_text() == "two = 2\n"
        assert "asgi_serving/:" not in said[name]
    assert (projects["newer"] / "asgi_serving" / "a.py").read_text() == "three = 3\n"
    assert "asgi_serving/: newer here than in the template" in said["newer"]
    assert listed("touched") == ["a.py", "manifest.json", "new.py", "own.py"]
    assert "asgi_serving/: changed here, and therefore merged: own.py" in said["touched"]
    assert not (projects["absent"] / "asgi_serving").exists()
    assert "it is not in this project" in said["absent"]


def library(version: str, files: dict[str, str]) -> dict[str, str | None]:
    """Return a library's folder with its manifest."""
    listed = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items()}
    manifest = json.dumps({"version": version, "files": listed})
    texts = {**files, "manifest.json": manifest}
    return {f"asgi_serving/{name}": text for name, text in texts.items()}
