"""Never half a migration: names and dependency go together, and nothing left to a person is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from upgrade.project import NEW, OLD, migrated, topics
from upgrade.test_cli import run

START = f"gunicorn -k {OLD} app\n"


@pytest.mark.parametrize(
    "files",
    [
        {"start.sh": START},
        {"start.sh": START, "requirements.txt": "uvicorn==0.14.0\n"},
        {"start.sh": START, "requirements.txt": "gunicorn==20.0.4\nuvicorn==0.20.0\n"},
        {"start.sh": START, "requirements.txt": "gunicorn==20.1.0\nuvicorn\n"},
        {"start.sh": START, "pyproject.toml": "[dependency-groups]\ndev = ['uvicorn']\n"},
        {
            "start.sh": START,
            "pyproject.toml": '[tool.poetry.dependencies]\nuvicorn = {version = "0.27", optional = true}\n',
        },
        {"start.sh": START, "requirements.txt": "# @generated\nuvicorn\n"},
        {"start.sh": START, "tests/site/build.sh": "pip install gunicorn uvicorn\n"},
        {"start.sh": START, "requirements.txt": b"# \xe9\nuvicorn\n"},
        {"start.sh": START, "README.md": START, "requirements.txt": "uvicorn<0.15\n"},
    ],
)
def test_names_stay_where_the_dependency_cannot_be_declared(
    tmp_path: Path, files: dict[str, str | bytes]
) -> None:
    """Each of them is left to a person, until --force."""
    _, result = migrated(tmp_path, files)
    assert result.changes == []
    named = [name for name in files if name in {"start.sh", "README.md"}]
    held = [str(path) for path, each in result.decisions if each.topic == "held-back"]
    assert sorted(held) == sorted(named)
    forced, result = migrated(tmp_path, files, force=True)
    assert {name: forced[name] for name in named} == dict.fromkeys(named, START.replace(OLD, NEW))
    assert result.decisions


def test_tests_of_an_image_that_names_the_class_itself_wait_for_it(tmp_path: Path) -> None:
    """As does its document: what it says stays right until the image changes."""
    image = "FROM own/uvicorn-gunicorn:3\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n"
    files = {
        "image/3.dockerfile": image,
        "image/requirements.txt": "gunicorn==23.0.0\nuvicorn==0.40.0\n",
        "tests/test_log.py": f"assert 'Using worker: {OLD}' in logs\n",
        "README.md": f"By default, it is `{OLD}`.\n",
    }
    after, result = migrated(tmp_path, files)
    assert after == files
    assert [(str(path), each.topic) for path, each in result.decisions] == [
        ("README.md", "base-images"),
        ("tests/test_log.py", "base-images"),
    ]
    after, _ = migrated(tmp_path, {**files, "start.sh": START})
    assert NEW in after["tests/test_log.py"]


def test_other_project_of_the_tree_is_changed(tmp_path: Path) -> None:
    """It declares what it needs."""
    files = {
        "a/start.sh": START,
        "a/requirements.txt": "gunicorn\nuvicorn\n",
        "b/start.sh": START,
        "b/requirements.txt": "gunicorn\nuvicorn==0.14.0\n",
    }
    after, _ = migrated(tmp_path, files)
    assert after == {
        **files,
        "a/start.sh": START.replace(OLD, NEW),
        "a/requirements.txt": "gunicorn\nuvicorn\nuvicorn-worker\n",
    }


@pytest.mark.parametrize(
    "files",
    [
        {"pyproject.toml": '[project]\nrequires-python = ">=3.7"\ndependencies = ["uvicorn"]\n'},
        {"requirements.txt": "uvicorn\n", "odd.sh": b"\xff uvicorn.workers\n"},
        {"requirements.txt": "uvicorn\n", "a.py": "import uvicorn.workers as w\nw.Server()\n"},
    ],
)
def test_decision_stays_for_the_second_run(tmp_path: Path, files: dict[str, str | bytes]) -> None:
    """Nobody has decided."""
    files = {"start.sh": START, **files}
    after, first = migrated(tmp_path, files)
    bytes_ = {name: text for name, text in files.items() if isinstance(text, bytes)}
    assert first.changes
    _, second = migrated(tmp_path, {**after, **bytes_})
    assert second.changes == []
    assert topics(second) == topics(first) != []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("odd.sh", b"# \xe9\n" + START.encode()),
        ("data", b"\0" + START.encode()),
        ("big.sh", START.encode() + b"x" * 4_000_001),
    ],
)
def test_file_that_cannot_be_read_is_something_to_do(
    tmp_path: Path, name: str, content: bytes
) -> None:
    """Until it is left out."""
    (tmp_path / name).write_bytes(content)
    checked = run("worker", "--check", tmp_path)
    assert checked.returncode == 1
    assert "Nothing to do" not in checked.stdout
    assert "asgi-upgrade explain unreadable" in checked.stdout
    assert run("worker", "--check", "--exclude", name, tmp_path).returncode == 0


def test_diff_shows_what_is_left_to_a_person(tmp_path: Path) -> None:
    """Beside the diff, which patch reads."""
    (tmp_path / "start.sh").write_text(START)
    done = run("worker", "--diff", tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Left to you:\n  start.sh:1 no file here declares" in done.stderr


IGNORE = "# asgi-upgrade: ignore"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("start.sh", f"gunicorn -k {OLD} app  {IGNORE}\n"),
        ("start.sh", f"{IGNORE}\ngunicorn -k {OLD} app\n"),
        ("start.sh", f"gunicorn -k {NEW} app  {IGNORE}\n"),
        ("start.sh", f"gunicorn -k uvicorn.workers.Own app  {IGNORE}\n"),
        ("a.py", f"from uvicorn.workers import UvicornWorker  {IGNORE}: until May\nW = UvicornWorker\n"),
        ("a.py", f"from uvicorn import workers  {IGNORE}\nW = workers.UvicornWorker\n"),
        ("a.py", f"import uvicorn.workers  {IGNORE}\nW = uvicorn.workers.UvicornWorker\n"),
        ("a.py", f"import uvicorn.workers as w  {IGNORE}\nw.Server\n"),
        ("a.js", f"run('{OLD}')  // asgi-upgrade: ignore\n"),
        ("a.md", f"<!-- asgi-upgrade: ignore -->\n    gunicorn -k {OLD}\n"),
        ("run/1.2.3.sh", f"gunicorn -k {OLD} app  {IGNORE}\n"),
    ],
)  # fmt: skip
def test_comment_leaves_a_line_alone(tmp_path: Path, name: str, content: str) -> None:
    """In it, or on its own above it; nothing is left to do then."""
    after, result = migrated(tmp_path, {name: content})
    assert after[name] == content
    assert result.is_done


def test_comment_leaves_one_line_alone(tmp_path: Path) -> None:
    """The others move; what is missing there is somebody's will."""
    files = {
        "start.sh": f"{IGNORE}\na -k {OLD}\nb -k {OLD}\n",
        "requirements.txt": f"gunicorn\nuvicorn  {IGNORE}\n",
    }
    after, result = migrated(tmp_path, files)
    assert after["start.sh"] == f"{IGNORE}\na -k {OLD}\nb -k {NEW}\n"
    assert result.decisions == []
