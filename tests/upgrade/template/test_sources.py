"""Where templates and projects are: addresses, bundles, archives, worktrees, monorepos, cruft."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cookiecutter.main import cookiecutter
from rendering import CRUFT, git, run

from asgi_upgrade.refusals import CannotWorkError
from asgi_upgrade.template.source import location
from upgrade.template.mini_template import (
    MiniTemplate,
    commit_all,
    committed,
    status,
    tracked,
    update,
    updated,
)  # fmt: skip


def has_news(project: Path) -> bool:
    """Whether the newer version is there, and nothing is left to commit."""
    return (project / "docs" / "news.md").exists() and status(project) == ""


def test_a_bundle(old_project: Path, template: MiniTemplate, tmp_path: Path) -> None:
    """Without a network; the project goes on recording where the template is."""
    bundle = tmp_path / "template.bundle"
    git(template.folder, "bundle", "create", "--quiet", str(bundle), "main")
    moved = template.folder.rename(tmp_path / "moved")
    updated(old_project, "--template", bundle)
    assert has_news(old_project)
    assert f'template = "{template.folder}"' in (old_project / "pyproject.toml").read_text()
    assert update(old_project, "--template", moved).returncode == 0


@pytest.mark.parametrize("form", ["file://{}", "git+file://{}", "{}/.git", "../template"])
def test_an_address(template: MiniTemplate, tmp_path: Path, form: str) -> None:
    """As cookiecutter was given it; a folder may be named from where cookiecutter was started."""
    project = template.project(tmp_path / "made")
    template.release("0.2.0", {"docs/news.md": "# News\n"})
    record = project / "pyproject.toml"
    place = form.format(template.folder)
    record.write_text(record.read_text().replace(f'"{template.folder}"', f'"{place}"'))
    commit_all(project)
    updated(project)
    assert has_news(project)
    assert f'template = "{place}"' in record.read_text()


def test_an_address_that_has_changed_is_recorded(old_project: Path, template: MiniTemplate) -> None:
    """So that the next update finds it."""
    updated(old_project, "--template", f"file://{template.folder}")
    assert f'template = "file://{template.folder}"' in (old_project / "pyproject.toml").read_text()


def test_names_of_templates_are_those_of_cookiecutter(tmp_path: Path) -> None:
    """Abbreviations, and archives of a hosted repository, whose history is needed."""
    names = {
        "gh:someone/template": "https://github.com/someone/template.git",
        "gl:someone/template": "https://gitlab.com/someone/template.git",
        "https://github.com/a/b/archive/refs/heads/main.zip": "https://github.com/a/b",
        "https://gitlab.com/a/b/-/archive/main/b-main.zip": "https://gitlab.com/a/b",
        "git@example.com:a/b.git": "git@example.com:a/b.git",
    }
    assert {name: location(name, tmp_path) for name in names} == names
    with pytest.raises(CannotWorkError, match="is not there"):
        location("nowhere/template", tmp_path)


def test_a_shallow_clone_of_the_template(template: MiniTemplate, tmp_path: Path) -> None:
    """It lacks the older version, and is told how to get it."""
    project = template.project(tmp_path / "made")
    template.release("0.2.0", {"docs/news.md": "# News\n"})
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{template.folder}", str(shallow))
    done = update(project, "--template", shallow)
    assert done.returncode == 2
    assert "git fetch --unshallow" in done.stderr
    git(shallow, "fetch", "--quiet", "--unshallow")
    updated(project, "--template", shallow)
    assert has_news(project)


def test_a_shallow_clone_of_the_project(old_project: Path, tmp_path: Path) -> None:
    """Only its last commit is needed."""
    commit_all(old_project)
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{old_project}", str(shallow))
    updated(shallow)
    assert has_news(shallow)


def test_a_squashed_update_is_remembered(template: MiniTemplate, tmp_path: Path) -> None:
    """On a branch that is merged as one new commit, as many teams do."""
    project = template.project(tmp_path / "made")
    template.release("0.2.0", {"docs/news.md": "# News\n"})
    git(project, "checkout", "--quiet", "-b", "update")
    updated(project)
    (project / "docs" / "news.md").write_text("# Our news\n")
    commit_all(project)
    git(project, "checkout", "--quiet", "main")
    git(project, "merge", "--quiet", "--squash", "update")
    git(project, "commit", "--quiet", "--message", "Update the template")
    git(project, "branch", "-D", "update")
    assert "Nothing to do" in update(project).stdout
    template.release("0.3.0", {"docs/more.md": "# More\n"})
    updated(project)
    assert (project / "docs" / "news.md").read_text() == "# Our news\n"
    assert (project / "docs" / "more.md").exists()


def test_a_worktree(old_project: Path, tmp_path: Path) -> None:
    """Its index, its merge: those of the main work tree are left alone."""
    tree = tmp_path / "tree"
    git(old_project, "worktree", "add", "--quiet", "-b", "update", str(tree))
    assert update(tree).returncode == 0
    assert status(old_project) == ""
    git(tree, "merge", "--abort")
    assert status(tree) == ""
    updated(tree)
    assert has_news(tree)


def test_a_submodule_beside_it(old_project: Path, template: MiniTemplate) -> None:
    """It stays where it is, with changes of its own."""
    allowed = ("-c", "protocol.file.allow=always")
    git(old_project, *allowed, "submodule", "--quiet", "add", str(template.folder), "vendor/tool")
    commit_all(old_project)
    (old_project / "vendor" / "tool" / "own.txt").write_text("mine\n")
    (old_project / "vendor" / "tool" / "CHANGELOG.md").write_text("mine\n")
    before = git(old_project, "ls-tree", "HEAD", "vendor/tool")
    updated(old_project)
    assert git(old_project, "ls-tree", "HEAD", "vendor/tool") == before
    assert (old_project / "vendor" / "tool" / "own.txt").read_text() == "mine\n"
    assert (old_project / "docs" / "news.md").exists()


def test_a_project_in_a_monorepo(template: MiniTemplate, tmp_path: Path) -> None:
    """What is beside it does not change; paths are told as git tells them."""
    top = tmp_path / "monorepo"
    (top / "other").mkdir(parents=True)
    (top / "other" / "app.py").write_text("other = 1\n")
    project = Path(cookiecutter(str(template.folder), no_input=True, output_dir=str(top)))
    committed(top)
    template.release("0.2.0", {"docs/news.md": "# News\n"})
    before = tracked(top)
    done = update(top, "shop")
    assert done.returncode == 0, done.stderr
    assert "  shop/docs/news.md" in done.stdout
    git(top, "merge", "--abort")
    assert status(top) == ""
    updated(project)
    after = tracked(top)
    assert after.keys() - before.keys() == {"shop/docs/news.md"}
    assert after["other/app.py"] == before["other/app.py"]


def test_a_git_hook_names_another_repository(old_project: Path, tmp_path: Path) -> None:
    """In its variables, which are not meant here."""
    other = committed(tmp_path)
    variables = {"GIT_DIR": str(other / ".git"), "GIT_INDEX_FILE": str(other / ".git" / "index")}
    done = update(old_project, **variables)
    assert done.returncode == 0, done.stderr
    assert (old_project / "docs" / "news.md").exists()


def test_a_repository_of_sha256(template: MiniTemplate, tmp_path: Path) -> None:
    """Git's other form of names."""
    made = cookiecutter(str(template.folder), no_input=True, output_dir=str(tmp_path))
    git(Path(made), "init", "--quiet", "--object-format=sha256")
    project = committed(Path(made))
    (project / "app.py").unlink()
    commit_all(project)
    template.release("0.2.0", {"docs/news.md": "# News\n"})
    updated(project)
    assert (project / "docs" / "news.md").exists()


@pytest.mark.parametrize("record", ["both", "cruft's alone"])
def test_a_project_that_cruft_has_made(template: MiniTemplate, tmp_path: Path, record: str) -> None:
    """Cruft can go on from there, and finds no difference."""
    command = [*CRUFT, "create", str(template.folder), "--no-input", "--output-dir", str(tmp_path)]
    assert run(*command, cwd=tmp_path).returncode == 0
    project = committed(tmp_path / "shop")
    if record != "both":
        file = project / "pyproject.toml"
        file.write_text(file.read_text().partition("[tool.cookiecutter-django-asgi]")[0])
        commit_all(project)
    newest = template.release("0.2.0", {"docs/news.md": "# News\n"})
    updated(project)
    assert (project / "docs" / "news.md").exists()
    state = json.loads((project / ".cruft.json").read_text())
    assert state["commit"] == newest
    assert state["context"]["cookiecutter"]["_version"] == "0.2.0"
    assert run(*CRUFT, "check", cwd=project).returncode == 0
    assert "Nothing to do" in update(project).stdout
    text = (project / "pyproject.toml").read_text()
    assert ("[tool.cookiecutter-django-asgi]" in text) == (record == "both")
    template.release("0.3.0", {"docs/news.md": "# Newer\n"})
    assert run(*CRUFT, "update", "--skip-apply-ask", cwd=project).returncode == 0
    assert (project / "docs" / "news.md").read_text() == "# Newer\n"
