"""The system checks of the serving stack."""

from pathlib import Path
from unittest.mock import patch

import django
import pytest
from django.core.checks import run_checks
from pytest_django import Settings

from serving.checks import handler, versions
from serving.checks.versions import check_known_pairs, check_requirements
from serving.checks.worker import check_worker_class


def test_project_has_no_finding() -> None:
    assert run_checks(tags=["serving"]) == []


@pytest.mark.parametrize(
    ("proven", "lanes", "found"),
    [
        ((5, 2), {"size": 10}, ["serving.W002"]),
        ((5, 2), None, []),
        (django.VERSION[:2], {"size": 10}, []),
    ],
)
def test_handler_that_stepped_aside(
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    proven: tuple[int, int],
    lanes: dict[str, int] | None,
    found: list[str],
) -> None:
    monkeypatch.setattr(handler, "PROVEN_ON", (proven,))
    settings.LANES = lanes
    assert [message.id for message in handler.check_proven_on(None)] == found


def installed(**packages: str) -> dict[str, str]:
    return {name.replace("_", "-"): number for name, number in packages.items()}


def ids_for_versions(monkeypatch: pytest.MonkeyPatch, found: dict[str, str]) -> list[str]:
    monkeypatch.setattr(versions, "installed_versions", lambda: found)
    return [str(message.id) for message in check_known_pairs(None)]


@pytest.mark.parametrize(
    "found",
    [
        installed(uvicorn="0.36.0", uvicorn_worker="0.3.0"),
        installed(gunicorn="24.1.0", uvicorn="0.41.0"),
        installed(uvicorn="0.31.0", gunicorn="27.0.1"),
        installed(uvicorn="0.40.0", uvicorn_worker="0.4.0"),
        installed(uvicorn="0.36.0rc1", uvicorn_worker="0.3.0"),
    ],
)
def test_versions_that_fail_together(
    monkeypatch: pytest.MonkeyPatch, found: dict[str, str]
) -> None:
    assert "serving.E002" in ids_for_versions(monkeypatch, found)


@pytest.mark.parametrize(
    "found",
    [
        installed(uvicorn="0.54.0", uvicorn_worker="0.4.0", gunicorn="27.0.1"),
        installed(uvicorn="0.41.0", uvicorn_worker="0.4.0", gunicorn="26.1.0"),
        installed(uvicorn="1.0.0", uvicorn_worker="1.0.0", gunicorn="2028.1"),
        installed(gunicorn="24.1.1"),
        {},
    ],
)
def test_versions_that_work_together(
    monkeypatch: pytest.MonkeyPatch, found: dict[str, str]
) -> None:
    assert ids_for_versions(monkeypatch, found) == []


@pytest.mark.parametrize(
    ("needs", "ids"),
    [
        (["uvicorn>=0.99"], ["serving.E001"]),
        (["gunicorn<1", "uvicorn!=0.54.0"], ["serving.E001", "serving.E001"]),
        (["uvicorn>=0.36", "gunicorn>=21", "click>=99"], []),
        (["uvicorn>=0.99; extra == 'test'", "uvicorn>=0.99; python_version < '3'"], []),
    ],
)
def test_metadata_of_the_packages(
    monkeypatch: pytest.MonkeyPatch, needs: list[str], ids: list[str]
) -> None:
    found = installed(uvicorn="0.54.0", gunicorn="27.0.1", uvicorn_worker="0.4.0")
    monkeypatch.setattr(versions, "installed_versions", lambda: found)
    with patch.object(versions, "requires", {"uvicorn-worker": needs}.get):
        assert [message.id for message in check_requirements(None)] == ids


@pytest.mark.parametrize(
    ("worker", "found"),
    [
        ("serving.worker.Worker", None),
        ("uvicorn_worker.UvicornWorker", None),
        ("uvicorn_worker.UvicornH11Worker", None),
        ("uvicorn.workers.UvicornWorker", "serving.W001"),
        ("serving.worker.Wroker", "serving.E004"),
        ("no_such_module.Worker", "serving.E004"),
        ("uvicorn_worker", "serving.E004"),
        ("sync", "serving.E005"),
        ("gthread", "serving.E005"),
    ],
)
@pytest.mark.filterwarnings("ignore:The `uvicorn.workers` module:DeprecationWarning")
def test_worker_class(monkeypatch: pytest.MonkeyPatch, worker: str, found: str | None) -> None:
    monkeypatch.setenv("GUNICORN_WORKER_CLASS", worker)
    messages = check_worker_class(None)
    assert [message.id for message in messages] == ([found] if found else [])
    assert all(worker in message.msg and message.hint for message in messages)


def test_worker_class_may_come_from_gunicorns_own_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GUNICORN_CMD_ARGS", "--worker-class=sync")
    assert [message.id for message in check_worker_class(None)] == ["serving.E005"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("workers = ", "invalid syntax"),
        ("workers = 'many'", "many"),
        ("raise SystemExit('not today')", "not today"),
        ("import no_such_module", "no_such_module"),
    ],
)
def test_gunicorn_config_that_does_not_load(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str, reason: str
) -> None:
    path = tmp_path / "broken.py"
    path.write_text(content)
    monkeypatch.setenv("GUNICORN_CMD_ARGS", f"--config={path}")
    [message] = check_worker_class(None)
    assert message.id == "serving.E003"
    assert reason in message.msg
