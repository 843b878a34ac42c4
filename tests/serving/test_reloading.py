"""A configuration that cannot be read again leaves a master as it was."""

import logging
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import Mock

import pytest
from gunicorn.app.wsgiapp import WSGIApplication

from asgi_serving.server.reloading import keep_configuration

GOOD = """
wsgi_app = "config.asgi"
workers = 3
worker_class = "asgi_serving.worker.Worker"
"""


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WSGIApplication:
    """The application of a master that has read a good configuration."""
    conf = tmp_path / "gunicorn.conf.py"
    conf.write_text(GOOD)
    monkeypatch.setattr(sys, "argv", ["gunicorn", "--config", str(conf)])
    app = WSGIApplication()
    for _ in range(2):  # each worker does
        keep_configuration(app)
    return app


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ("1 / 0", "the lines before say why"),
        ("def", "the lines before say why"),
        ("import sys; sys.exit('a variable is wrong')", "a variable is wrong"),
        ("workers = 'many'", "the lines before say why"),
        ("worker_class = 'no.such.Worker'", "No module named 'no'"),
    ],
)
def test_settings_stay(
    app: WSGIApplication, tmp_path: Path, caplog: pytest.LogCaptureFixture, broken: str, why: str
) -> None:
    cfg = app.cfg
    (tmp_path / "gunicorn.conf.py").write_text(f"{GOOD}{broken}\n")
    with caplog.at_level(logging.ERROR):
        app.reload()
    assert app.cfg is cfg
    assert (app.cfg.workers, app.app_uri) == (3, "config.asgi")
    assert why in caplog.text


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A port at which something else listens; Gunicorn tries it five times, here without a pause."""
    monkeypatch.setattr("gunicorn.sock.time.sleep", Mock())
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


UNUSABLE = {
    "bind = ['127.0.0.1:8000', '127.0.0.1:{taken}']": "Can't connect to ('127.0.0.1', {taken})",
    "bind = 'unix:/no/such/folder/socket'": "Can't connect to /no/such/folder/socket",
    "bind = '127.0.0.1:0'; certfile = '/no/file'": 'certfile "/no/file" does not exist',
    "pidfile = '/no/such/folder/pid'": "/no/such/folder doesn't exist",
}


@pytest.mark.parametrize("unusable", UNUSABLE)
def test_settings_stay_where_the_master_could_not_use_new_ones(
    app: WSGIApplication,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    taken: int,
    unusable: str,
) -> None:
    cfg = app.cfg
    (tmp_path / "gunicorn.conf.py").write_text(GOOD + unusable.format(taken=taken))
    with caplog.at_level(logging.ERROR):
        app.reload()
    assert app.cfg is cfg
    assert UNUSABLE[unusable].format(taken=taken) in caplog.text
    assert "Gunicorn keeps its settings" in caplog.text


def test_usable_addresses_and_files_are_left_free(app: WSGIApplication, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    place, pid = tmp_path / "socket", tmp_path / "pid"
    new = f"bind = ['127.0.0.1:{port}', 'unix:{place}']\npidfile = '{pid}'\n"
    (tmp_path / "gunicorn.conf.py").write_text(GOOD + new)
    app.reload()
    assert len(app.cfg.address) == 2
    assert not place.exists()
    assert not pid.exists()
    socket.create_server(("127.0.0.1", port)).close()


def test_settings_that_can_be_read_are_taken(app: WSGIApplication, tmp_path: Path) -> None:
    (tmp_path / "gunicorn.conf.py").write_text(GOOD.replace("3", "5"))
    app.reload()
    assert app.cfg.workers == 5
