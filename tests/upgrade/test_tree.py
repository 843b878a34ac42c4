"""Which files are looked at, and which trees are refused."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from asgi_upgrade.document import Document
from asgi_upgrade.engine import CannotWorkError, migrate
from asgi_upgrade.model import Edit
from asgi_upgrade.rewriters.plain_text import PlainText
from asgi_upgrade.tree import NoTreeError, files
from upgrade.project import NEW, OLD, migrated, write

COMMAND = f"gunicorn -k {OLD}\n"


def git(folder: Path, *arguments: str) -> None:
    """Run git, with a name for its commits."""
    name = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "protocol.file.allow=always")
    subprocess.run(["git", "-C", folder, *name, *arguments], check=True, capture_output=True)


@pytest.mark.parametrize(
    "name",
    [
        "node_modules/a/start.sh",
        "src/vendor/start.sh",
        "third_party/start.sh",
        ".venv/lib/python3.12/site-packages/a.py",
        "a.egg-info/start.sh",
        "static/app.min.js",
        ".asgi-upgrade-backup-1/start.sh",
        "build/start.sh",
        "dist/start.sh",
        "ignored.sh",
        "deep/ignored.sh",
        "deep/local/start.sh",
    ],
)
def test_file_of_others_is_not_looked_at(tmp_path: Path, name: str) -> None:
    """Vendored, generated, minified or ignored."""
    ignore = {".gitignore": "ignored.sh\n", "deep/.gitignore": "local/\n"}
    after, result = migrated(tmp_path, {**ignore, name: COMMAND})
    assert after[name] == COMMAND
    assert result.changes == []


def test_git_says_what_is_ignored(tmp_path: Path) -> None:
    """Tracked folders that tools often make are the team's own."""
    git(tmp_path, "init", "--quiet")
    tree = {
        ".gitignore": "out/\n",
        "build/start.sh": COMMAND,
        "out/a.sh": COMMAND,
        "new.sh": COMMAND,
    }
    write(tmp_path, tree)
    git(tmp_path, "add", "build")
    changed = [str(change.document.path) for change in migrate(tmp_path).changes]
    assert changed == ["build/start.sh", "new.sh"]


def test_folder_that_git_ignores_is_looked_at(tmp_path: Path) -> None:
    """Somebody has named it."""
    git(tmp_path, "init", "--quiet")
    write(tmp_path, {".gitignore": "projects/\n", "projects/shop/start.sh": COMMAND})
    assert len(migrate(tmp_path / "projects" / "shop").changes) == 1


def test_submodule_is_the_work_of_others(tmp_path: Path) -> None:
    """Its files are not touched."""
    other, main = tmp_path / "other", tmp_path / "main"
    for folder in (other, main):
        folder.mkdir()
        git(folder, "init", "--quiet")
        write(folder, {"start.sh": COMMAND})
        git(folder, "add", ".")
        git(folder, "commit", "--quiet", "-m", "Start")
    git(main, "submodule", "add", "--quiet", str(other), "module")
    changed = [str(change.document.path) for change in migrate(main).changes]
    assert changed == ["start.sh"]


def test_link_is_not_followed(tmp_path: Path) -> None:
    """Neither out of the tree, nor to a file that is there anyhow."""
    outside = tmp_path / "outside.sh"
    outside.write_text(COMMAND)
    tree = tmp_path / "tree"
    write(tree, {"start.sh": COMMAND})
    (tree / "out.sh").symlink_to(outside)
    (tree / "again.sh").symlink_to("start.sh")
    (tree / "nowhere.sh").symlink_to("absent")
    (tree / "folder").symlink_to(tmp_path)
    assert [str(change.document.path) for change in migrate(tree).changes] == ["start.sh"]


@pytest.mark.parametrize(
    ("pattern", "left"),
    [("*.sh", []), ("a/*", ["b.sh"]), ("a", ["b.sh"]), ("a/", ["b.sh"]), ("c", ["a/a.sh", "b.sh"])],
)
def test_pattern_leaves_files_out(tmp_path: Path, pattern: str, left: list[str]) -> None:
    """Of a path, a name or a folder."""
    write(tmp_path, {"a/a.sh": COMMAND, "b.sh": COMMAND})
    found = migrate(tmp_path, exclude=[pattern]).changes
    assert [str(change.document.path) for change in found] == left


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("odd.sh", b"\xff\xfe\x00" + COMMAND.encode(), "not utf-16-le text"),
        ("odd.sh", b"\x00\x01" + COMMAND.encode(), "binary"),
        ("odd.sh", b"\xe9 " + COMMAND.encode(), "not utf-8 text"),
        ("odd.sh", COMMAND.encode() + b"x" * 4_000_001, "larger than 4 MB"),
        (
            "odd.py",
            b"# -*- coding: nonsense -*-\n" + COMMAND.encode(),
            "its encoding line is wrong",
        ),
    ],
)
def test_odd_file_is_told_and_left(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    """The others are changed."""
    write(tmp_path, {name: content, "start.sh": COMMAND})
    result = migrate(tmp_path)
    assert [(str(path), why) for path, why in result.skipped] == [(name, reason)]
    assert [str(change.document.path) for change in result.changes] == ["start.sh"]


def test_latin_1_with_its_declaration_is_kept(tmp_path: Path) -> None:
    """Python says how its files are encoded."""
    content = f"# coding: latin-1\nname = 'é'\nworker = '{OLD}'\n".encode("latin-1")
    write(tmp_path, {"a.py": content})
    [change] = migrate(tmp_path).changes
    assert change.document.encode(change.text) == content.replace(
        b"uvicorn.workers", b"uvicorn_worker"
    )


@pytest.mark.parametrize(
    "local", ["uvicorn_worker.py", "src/uvicorn_worker.py", "uvicorn_worker/__init__.py"]
)
def test_local_module_of_the_new_name_is_refused(tmp_path: Path, local: str) -> None:
    """The new name would load it, and the boot would fail."""
    write(tmp_path, {"start.sh": COMMAND, local: "from uvicorn.workers import UvicornWorker\n"})
    with pytest.raises(CannotWorkError, match="rename it first"):
        migrate(tmp_path)


def test_module_of_a_package_has_a_longer_name(tmp_path: Path) -> None:
    """`config.uvicorn_worker` is nothing that `uvicorn_worker` would load."""
    files_ = {"config/__init__.py": "", "config/uvicorn_worker.py": "", "start.sh": COMMAND}
    _, result = migrated(tmp_path, files_)
    assert [str(change.document.path) for change in result.changes] == ["start.sh"]


@pytest.mark.parametrize("name", ["uvicorn", "uvicorn-worker"])
def test_packages_themselves_are_refused(tmp_path: Path, name: str) -> None:
    """Theirs is the old name."""
    write(tmp_path, {"pyproject.toml": f'[project]\nname = "{name}"\n', "a.sh": COMMAND})
    with pytest.raises(CannotWorkError, match="themselves"):
        migrate(tmp_path)


def test_path_that_is_no_folder(tmp_path: Path) -> None:
    """It is named."""
    with pytest.raises(NoTreeError, match="absent"):
        list(files(tmp_path / "absent"))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.yaml", f"a: {OLD} b\n"),
        ("a.toml", f'a = "{OLD} b"\n'),
        ("a.json", f'{{"a": "{OLD} b"}}'),
        ("a.ini", f"[a]\nb = {OLD} b\n"),
        ("a.py", f'a = "{OLD} b"\n'),
        ("a.sh", f"{OLD} b\n"),
    ],
)
def test_edit_that_changes_more_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: str
) -> None:
    """A mistake of a rewriter costs nobody a line."""

    def greedy(_self: PlainText, _document: Document, start: int) -> list[Edit]:
        return [Edit(start, start + len(OLD) + 1, NEW, "a mistake")]

    monkeypatch.setattr(PlainText, "at", greedy)
    write(tmp_path, {name: content})
    result = migrate(tmp_path)
    assert result.changes == []
    assert [each.topic for _, each in result.decisions][:1] == ["taken-back"]
