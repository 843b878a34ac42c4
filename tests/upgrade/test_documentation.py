"""Documents: commands move, history and text about the change stay."""

from __future__ import annotations

from pathlib import Path

import pytest

from upgrade.project import NEW, OLD, assert_left, assert_name_is_changed, one


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("README.md", f"Run it:\n\n```sh\ngunicorn app -k {OLD}\n```\n"),
        ("README.md", f"We serve by `gunicorn -k {OLD}`.\n"),
        ("docs/run.rst", f"Run::\n\n    gunicorn -k {OLD} app\n"),
        ("README", f"gunicorn -k {OLD} app\n"),
        ("guide.adoc", f"----\ngunicorn -k {OLD} app\n----\n"),
        ("README.md", f"```sh\npython manage.py migrate\ngunicorn -k {OLD} app\n```\n"),
        ("README.md", f"Upgrade it, and run:\n\n```sh\ngunicorn -k {OLD} app\n```\n"),
        ("README.md", f"```sh\nalembic upgrade head && gunicorn -k {OLD} app\n```\n"),
        ("README.md", f"Run `manage.py migrate && gunicorn -k {OLD}` on it.\n"),
        ("README.md", f"    pip install uvicorn-worker\n    gunicorn -k {OLD} app\n"),
        ("README.md", f"```\nneeds uvicorn-worker\nserves by {OLD}\n```\n"),
        ("README.md", f"Replace `app` by yours:\n\n```\ngunicorn -k {OLD} app\n```\n"),
        (
            "README.md",
            f"Rename `.env.example`, stop the old process and run `gunicorn -k {OLD}`.\n",
        ),
        ("README.md", f"Take the address of the previous step.\n\n    gunicorn -k {OLD}\n"),
        ("README.md", f"## Migrating from Heroku\n\n```\ngunicorn -k {OLD}\n```\n"),
        ("README.md", f"## Remove old containers and start\n\n```\ngunicorn -k {OLD}\n```\n"),
        ("README.md", f"## Install Python 3.13.0\n\nServe by {OLD}.\n"),
        ("README.md", f"## Deploying changes\n\nServe by {OLD}.\n"),
        ("README.md", f"nginx -> gunicorn ({OLD}) -> Django\n"),
        ("README.md", f"Instead of `runserver`, run:\n\n```\ngunicorn -k {OLD}\n```\n"),
        ("README.md", f"Use {OLD}. The old servers are deprecated.\n"),
        ("README.md", f"## Deprecated\n\nThe admin.\n\n## Serve\n\nBy {OLD}.\n"),
        ("README.md", f"```sh\n# deprecated\n```\n\nServe by {OLD}.\n"),
        ("README.md", f"Import it:\n\n```python\nimport {OLD}\n```\n"),
        (
            "README.md",
            f"It is fast.\n\nThis is deprecated: other things.\n\n    gunicorn -k {OLD}\n",
        ),
    ],
)
def test_command_is_changed(tmp_path: Path, name: str, content: str) -> None:
    """And a second run changes nothing."""
    assert_name_is_changed(tmp_path, name, content)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("README.md", f"Use uvicorn-worker instead of {OLD}.\n"),
        ("README.md", f"`{OLD}` is deprecated.\n"),
        ("docs/a.md", f"We replaced {OLD}\nby another class.\n"),
        ("docs/a.md", f"| old | new |\n|---|---|\n| {OLD} | {NEW} |\n"),
        ("docs/a.md", "The module uvicorn.workers has two classes.\n"),
        ("CHANGELOG.md", f"- serve by {OLD}\n"),
        ("CHANGES", f"- serve by {OLD}\n"),
        ("HISTORY.rst", f"- serve by {OLD}\n"),
        ("docs/release-notes/one.md", f"- serve by {OLD}\n"),
        ("docs/whats-new.md", f"- serve by {OLD}\n"),
        ("docs/What's new.md", f"- serve by {OLD}\n"),
        ("UPGRADING.md", f"- serve by {OLD}\n"),
        ("deprecated/start.sh", f"gunicorn -k {OLD}\n"),
        ("changelog.d/12.md", f"- serve by {OLD}\n"),
        ("docs/plans/2024-05-01-serving.md", f"gunicorn -k {OLD}\n"),
        ("docs/logs.md", f"[2024-01-02 10:00:00 +0000] [1] [INFO] Using worker: {OLD}\n"),
        ("docs/a.md", f"The log:\n\n```\n[INFO] Using worker: {OLD}\n```\n"),
        (
            "docs/a.md",
            f"Before:\n\n```\ngunicorn -k {OLD}\n```\n\nNow:\n\n```\ngunicorn -k {NEW}\n```\n",
        ),
        ("docs/a.md", f"The old way:\n\n    gunicorn -k {OLD}\n"),
        ("docs/a.md", f"This is how it was done in the old setup:\n\n```\n-k {OLD}\n```\n"),
        ("docs/a.md", f"The old way\n```\ngunicorn -k {OLD}\n```\n"),
        ("docs/a.md", f"```sh\n# deprecated\ngunicorn -k {OLD}\n```\n"),
        ("docs/a.md", f"```sh\ngunicorn -k {OLD}  # no longer\n```\n"),
        ("docs/a.md", f"```diff\n- gunicorn -k {OLD}\n+ gunicorn -k {NEW}\n```\n"),
        ("docs/a.md", f"Take daphne instead of `{OLD}`.\n"),
        ("docs/a.md", f"`gunicorn -k {OLD}` is obsolete.\n"),
        ("docs/a.md", f"How to migrate away from `{OLD}` is easy.\n"),
        ("docs/a.md", f"It replaces `{OLD}`.\n"),
        ("docs/a.md", f"Replace this:\n\n```\n-k {OLD}\n```\n"),
        ("docs/a.md", f"**Before**\n```\n-k {OLD}\n```\n"),
        ("docs/a.md", f"### Before\n\n```\n-k {OLD}\n```\n"),
        ("docs/a.md", f"Older tutorials say `-k {OLD}`.\n"),
        ("docs/a.md", f"## Version history\n\n- by {OLD}\n"),
        ("docs/a.md", f"## Release 2.0.1\n\n- by {OLD}\n"),
        ("docs/a.md", f"`{OLD}` 已弃用。\n"),
        ("docs/a.md", f"## Moved off uvicorn.workers: deprecated\n\nIt was `{OLD}`.\n"),
        ("README.md", f"# App\n\n## Changelog\n\n- serve by {OLD}\n"),
        ("README.rst", f"Changes\n=======\n\n- serve by {OLD}\n"),
        ("README.md", f"## 1.2.0 (2023)\n\n- serve by {OLD}\n"),
        ("README", f"The class {OLD} is deprecated.\n"),
        ("work.txt", f"File: start.sh\nInitial content: gunicorn -k {OLD} app\n"),
        ("notes.txt", f"The old command was: {OLD}\n"),
    ],
)
def test_text_stays(tmp_path: Path, name: str, content: str) -> None:
    """And nobody has to decide."""
    assert_left(tmp_path, name, content, [])


def test_python_example_is_changed(tmp_path: Path) -> None:
    """Its import, too, which is no name of a class."""
    example = "```python\nfrom uvicorn{} import UvicornWorker\n\nclass W(UvicornWorker): ...\n```\n"
    before, after = example.format(".workers"), example.format("_worker")
    assert one(tmp_path, "README.md", before) == (after, [])


def test_file_behind_a_changelog_stays(tmp_path: Path) -> None:
    """What a link calls history is history."""
    content = f"gunicorn -k {OLD}\n"
    (tmp_path / "CHANGELOG.md").symlink_to("docs/all.md")
    assert one(tmp_path, "docs/all.md", content) == (content, [])
