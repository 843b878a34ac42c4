"""What is told besides, and not changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from upgrade.project import NEW, OLD, migrated

START = {"start.sh": f"gunicorn -k {NEW} app\n", "requirements.txt": "uvicorn\nuvicorn-worker\n"}


@pytest.mark.parametrize(
    ("name", "content", "topics"),
    [
        ("gunicorn.conf.py", f'WORKER_CLASS = "{NEW}"\n', ["upper-case-settings"]),
        ("run.sh", f"gunicorn --reload -k {NEW} app\n", ["reload"]),
        ("run.sh", f"gunicorn -k {NEW} \\\n  --reload app\n", ["reload"]),
        ("settings/base.py", 'DATABASES["default"]["CONN_MAX_AGE"] = 60\n', ["conn-max-age"]),
        ("settings.py", 'DATABASES = {"default": {"CONN_MAX_AGE": None}}\n', ["conn-max-age"]),
        ("settings.py", 'CONN_MAX_AGE = env.int("AGE", default=60)\n', ["conn-max-age"]),
        ("settings.py", 'DATABASES["default"]["ATOMIC_REQUESTS"] = True\n', ["atomic-requests"]),
        ("settings.py", 'LOGGING = {"version": 1}\n', ["disable-existing-loggers"]),
        (
            "settings.py",
            'LOGGING = {"version": 1, "disable_existing_loggers": True}\n',
            ["disable-existing-loggers"],
        ),
        ("requirements/a.txt", "gunicorn==24.1.0\nuvicorn-worker\n", ["versions"]),
        ("requirements/a.txt", "uvicorn==0.31.0\nuvicorn-worker==0.3.0\n", ["versions"]),
        # Nothing is wrong
        ("gunicorn.conf.py", f'worker_class = "{NEW}"\n', []),
        ("config.py", f'WORKER_CLASS = "{NEW}"\n', []),
        ("run.sh", f"gunicorn -k {NEW} app --reload-engine poll\n", []),
        ("run.sh", "uvicorn --reload app\n", []),
        ("settings.py", 'DATABASES["default"]["CONN_MAX_AGE"] = 0\n', []),
        ("settings.py", 'DATABASES["default"]["ATOMIC_REQUESTS"] = False\n', []),
        ("settings.py", 'LOGGING = {"version": 1, "disable_existing_loggers": False}\n', []),
        ("settings.py", 'LOGGING = {"version": 1, **base}\n', []),
        ("settings.py", "LOGGING = None\nthis is = no Python\n", []),
        ("models.py", "CONN_MAX_AGE = 60\n", []),
        ("requirements/a.txt", "gunicorn>=24\nuvicorn-worker\n", []),
    ],
)
def test_finding(tmp_path: Path, name: str, content: str, topics: list[str]) -> None:
    """The file stays as it is."""
    after, result = migrated(tmp_path, {**START, name: content})
    assert after[name] == content
    assert [each.topic for _, each in result.findings] == topics


def test_wsgi_project_is_left_in_peace(tmp_path: Path) -> None:
    """Under WSGI, these settings are right."""
    files = {"start.sh": "gunicorn wsgi\n", "settings.py": "CONN_MAX_AGE = 60\n"}
    _, result = migrated(tmp_path, files)
    assert (result.findings, result.decisions, result.changes) == ([], [], [])


def test_finding_is_told_when_the_worker_is_still_the_old_one(tmp_path: Path) -> None:
    """It will be served so."""
    files = {"start.sh": f"gunicorn --reload -k {OLD}\n", "settings.py": "CONN_MAX_AGE = 60\n"}
    _, result = migrated(tmp_path, files)
    assert [each.topic for _, each in result.findings] == ["conn-max-age", "reload"]
