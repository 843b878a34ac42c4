"""A configuration that cannot be read again leaves a master as it was."""

import logging
import sys
from pathlib import Path

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


def test_settings_that_can_be_read_are_taken(app: WSGIApplication, tmp_path: Path) -> None:
    (tmp_path / "gunicorn.conf.py").write_text(GOOD.replace("3", "5"))
    app.reload()
    assert app.cfg.workers == 5
