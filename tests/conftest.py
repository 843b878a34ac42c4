"""What tests share: an environment of their own, projects to look at, and a site with tasks."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from rendering import QUESTIONS, render
from task_site import Site, site_on_servers


@pytest.fixture(scope="session", autouse=True)
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the home folder, Git's settings and the network out of the tests.

    The tests of projects have temporary folders of their own: pytest deletes those of former runs
    when it ends, and one of a project would have to delete what a run of all tests here has left.
    """
    home = tmp_path_factory.mktemp("cookiecutter")
    config = home / "config.yaml"
    config.write_text(f"cookiecutters_dir: {home / 'clones'}\nreplay_dir: {home / 'replay'}\n")
    variables = {
        "COOKIECUTTER_CONFIG": str(config),
        "COOKIECUTTER_LOCK_TIMEOUT": "0",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
    }
    for role in ("AUTHOR", "COMMITTER"):
        variables |= {f"GIT_{role}_NAME": "Tester", f"GIT_{role}_EMAIL": "tester@example.com"}
    with TemporaryDirectory() as folders, pytest.MonkeyPatch.context() as patch:
        variables["PYTEST_DEBUG_TEMPROOT"] = folders
        for name, value in variables.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> Iterator[None]:
    """Let servers end by signals: a shell in the background takes SIGINT from them, nohup SIGHUP."""
    handlers: dict[signal.Signals, signal._HANDLER] = {signal.SIGINT: signal.default_int_handler}
    if sys.platform != "win32":
        handlers[signal.SIGHUP] = signal.SIG_DFL
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project made with the default answers, only to be read."""
    return render(tmp_path_factory.mktemp("default"))


@pytest.fixture(scope="module")
def project_for_each(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, Path]]:
    """Return what makes a project for each answer to a question."""

    def make(question: str) -> dict[str, Path]:
        return {
            answer: render(
                tmp_path_factory.mktemp(answer), project_slug="shop", **{question: answer}
            )
            for answer in QUESTIONS[question]
        }

    return make


@pytest.fixture(scope="module", params=["database", "celery"])
def made(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """Return a site on real servers, with tasks of its own."""
    with site_on_servers(tmp_path_factory.mktemp("real"), request.param) as site:
        yield site
