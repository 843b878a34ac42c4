"""A Uvicorn that is built otherwise stops in its own way, and a check says so."""

from pathlib import Path

import pytest
from uvicorn.protocols.http import h11_impl
from uvicorn.server import ServerState

from asgi_serving.checks.versions import check_names
from asgi_serving.server import uvicorn_names
from asgi_serving.server.uvicorn_names import NAMES, missing_names
from tests.serving.server import gunicorn


def test_installed_uvicorn_has_all_names() -> None:
    assert missing_names() == []
    assert check_names(None) == []


@pytest.mark.parametrize("place", NAMES)
def test_each_name_that_is_gone_is_told(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    monkeypatch.setitem(uvicorn_names.NAMES, place, (*NAMES[place], "gone"))
    (found,) = check_names(None)
    assert found.id == "asgi_serving.W038"
    assert f"{place}.gone" in found.msg


def test_renamed_attribute_and_class_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Renamed:
        def __init__(self) -> None:
            self.open_connections: set[object] = set()
            self.total_requests = 0
            self.default_headers: list[object] = []
            self.tasks: set[object] = set()

    monkeypatch.setattr("uvicorn.server.ServerState", Renamed)
    monkeypatch.delattr(h11_impl, "H11Protocol")
    assert missing_names() == [
        "uvicorn.server:ServerState.connections",
        "uvicorn.protocols.http.h11_impl:H11Protocol",
    ]
    assert hasattr(ServerState(), "connections")


def test_server_serves_and_stops_with_an_unknown_uvicorn(
    production: dict[str, str], tmp_path: Path
) -> None:
    conf = tmp_path / "gunicorn.conf.py"
    conf.write_text(
        "import runpy\n"
        "from asgi_serving.server import uvicorn_names\n"
        "uvicorn_names.NAMES['uvicorn.server:Server'] = ('gone',)\n"
        "globals().update(runpy.run_path('gunicorn.conf.py'))\n"
    )
    changes = {"GUNICORN_CMD_ARGS": f"--config {conf}", "WEB_CONCURRENCY": "1"}
    with gunicorn(tmp_path, {**production, **changes}) as server:
        assert server.client.get("/pages/plain/").text == "plain"
        assert server.stop() == 0
        messages = [line["message"] for line in server.lines()]
    assert "Shutting down" in messages  # by Uvicorn's own
    assert not any("Traceback" in str(line) for line in messages)
