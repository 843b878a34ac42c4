"""What is in gunicorn.conf.py."""

import os
import sys
from pathlib import Path

import pytest

from asgi_serving.checks.configuration import check_ignored, check_loads, check_names
from asgi_serving.server.gunicorn_config import load_config, served_by
from tests.serving.checks.conftest import Give, ids


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("workers = ", "invalid syntax"),
        ("workers = 'many'", "many"),
        ("raise SystemExit('not today')", "not today"),
        ("raise SystemExit(3)", "it ends the process"),
        ("import no_such_module", "no_such_module"),
    ],
)
def test_file_that_does_not_load(config_file: Give, content: str, reason: str) -> None:
    config_file(content)
    [message] = check_loads(None)
    assert ids([message]) == ["E003"]
    assert reason in message.msg


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("user = 'nobody-has-this-name'", "user: No such user: 'nobody-has-this-name'"),
        ("group = 'nobody-has-this-name'", "group: No such group"),
        ("chdir = '/absent'", "chdir: can't chdir to '/absent'"),
        ("open('/absent/pid', 'w')", "/absent/pid"),
        ("import os\nbind = os.environ['ABSENT_HERE']", "ABSENT_HERE"),
        ("import socket\nbind = socket.gethostbyname('absent.invalid')", "ame"),
    ],
)
def test_what_this_machine_has_not_is_no_error(
    config_file: Give, content: str, reason: str
) -> None:
    config_file(content)
    [message] = check_loads(None)
    assert ids([message]) == ["W034"]
    assert reason in message.msg


def test_settings_beside_what_this_machine_has_not_are_known(config_file: Give) -> None:
    config_file("workers = 7\nuser = 'nobody-has-this-name'\ngroup = 'nobody-has-this-name'")
    assert load_config().workers == 7
    assert ids(check_loads(None)) == ["W034", "W034"]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("WORKER_CLASS = 'uvicorn_worker.UvicornWorker'", ["W027"]),
        ("Workers = 2", ["W027"]),
        ("WORKERS: int = 2\nTIMEOUT = 60\ntimeout = 60", ["W027"]),
        ("TIMEOUT = 60\ntimeout = TIMEOUT", []),
        ("TIMEOUT = 60\ntimeout = 30", []),
        ("TIMEOUT = 60\ngraceful_timeout = TIMEOUT + 5", []),
        ("keep_alive = 5\nkeepalive = keep_alive", []),
        ("from tests.serving.checks.constants import TIMEOUT", []),
        ("from tests.serving.checks.constants import *", []),
        ("max_request = 1000", ["W003"]),
        ("worker_clas = 'sync'", ["W003"]),
        ("keep_alive = 5", ["W003"]),
        ("workers = 2", []),
        ("import os, sys\nfrom pathlib import Path\nHERE = Path('.')\nenv = os.environ", []),
        ("def post_fork(server, worker): pass\ndef worker_boot(): pass", []),
        ("_workers = 3\ncpus = 2\nname = 'shop'", []),
        ("", []),
    ],
)
def test_names(config_file: Give, content: str, found: list[str]) -> None:
    config_file(content)
    assert ids(check_names(None)) == found


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ("--worker-connections 100", ["W004"]),
        ("--threads 8", ["W004"]),
        ("--limit-request-line 100 --limit-request-fields 10", ["W004", "W004"]),
        ("--access-logformat %(h)s", ["W004"]),
        ("--worker-connections 1000", []),
        ("--backlog 100 --timeout 20", []),
        ("", []),
    ],
)
def test_settings_without_effect(flags: Give, arguments: str, found: list[str]) -> None:
    flags(arguments)
    assert ids(check_ignored(None)) == found


def test_reading_leaves_nothing_behind(config_file: Give) -> None:
    content = (
        "import os, sys\nos.environ['LEFT'] = 'behind'\nos.environ.pop('HOME', None)\n"
        "sys.path.insert(0, '/left')\nos.chdir('/')\nprint('loud')\nworkers = 7"
    )
    config_file(content)
    before = dict(os.environ), list(sys.path), Path.cwd()
    assert load_config().workers == 7
    assert (dict(os.environ), sys.path, Path.cwd()) == before


@pytest.mark.parametrize("prefix", ["", "file:", "python:"])
def test_file_may_be_named_in_each_way(
    flags: Give, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefix: str
) -> None:
    path = tmp_path / "named.py"
    path.write_text("workers = 7")
    monkeypatch.syspath_prepend(tmp_path)
    flags(f"--config={prefix}{'named' if prefix == 'python:' else path}")
    assert load_config().workers == 7


def test_worker_knows_its_command_line(flags: Give) -> None:
    flags("--workers 9")
    token = served_by.set(load_config())
    try:
        flags("--workers 5")
        assert load_config().workers == 9
    finally:
        served_by.reset(token)
