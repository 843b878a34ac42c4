"""Projects as people lay them out, served before and after by their own start command."""

from __future__ import annotations

import shlex
import sys
from functools import partial
from pathlib import Path

import httpx
import pytest
from plain_project import environment_with
from started_server import DEADLINE, Server

from upgrade.serving.layouts import LAYOUTS, PACKAGES, Layout
from upgrade.serving.planning import PLAIN, write_files
from upgrade.serving.site import Site

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Gunicorn does not run there")

TALK = """\
import sys
from websockets.sync.client import connect

with connect(sys.argv[1]) as socket:
    socket.send("hello")
    print(socket.recv(timeout=60))
"""


def laid_out(layout: Layout, folder: Path) -> Site:
    """Return a project, with packages for all layouts in its environment."""
    files: dict[str, str | None] = {**PLAIN, **layout.files, "Procfile": f"web: {layout.web}\n"}
    write_files(folder, {name: text for name, text in files.items() if text is not None})
    python = environment_with(Path(sys.executable), "6.1", *PACKAGES)
    return Site(folder, python.parents[1])


def answers(server: Server, layout: Layout) -> None:
    """See that the pages are what they are."""
    for path, part in layout.pages.items():
        server.wait_for(partial(is_answered, server, path))
        answer = server.client.get(path)
        assert (answer.status_code, part in answer.text) == (200, True), answer.text[:500]


def is_answered(server: Server, path: str) -> bool:
    """Tell whether the server accepts connections already."""
    try:
        server.client.get(path)
    except httpx.TransportError:
        return False
    return True


@pytest.mark.night
@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_it_is_served_before_and_after(tmp_path: Path, layout: Layout) -> None:
    """By the command of its Procfile, which the tool has changed."""
    folder = tmp_path / "site"
    folder.mkdir()
    site = laid_out(layout, folder)
    inner = site.below(layout.folder)
    if layout.is_collected:
        inner.manage("collectstatic", "--no-input", "--verbosity=0")
    with inner.serve(*shlex.split(layout.web)) as server:
        answers(server, layout)
    before = site.files()
    site.tool()
    assert site.tool("--check").startswith(("Nothing to do.", "Besides:"))
    inner.manage("migrate", "--verbosity=0")
    assert "asgi_serving.E" not in inner.manage("check")
    command = site.read("Procfile").removeprefix("web: ")
    assert command.startswith("gunicorn --worker-class=asgi_serving.worker.Worker --bind")
    with inner.serve(*shlex.split(command)) as server:
        assert server.client.get("/livez").json() == {"status": "alive"}
        ready = server.client.get("/readyz")
        assert (ready.status_code, ready.json()["lanes"]) == (200, "ok")
        answers(server, layout)
        if layout.name == "channels":
            url = f"ws://localhost:{server.port}/ws/lobby/"
            assert site.run("python", "-c", TALK, url).stdout == "lobby: hello\n"
        server.process.terminate()
        assert server.process.wait(DEADLINE) == 0
        assert "Traceback" not in server.written()
    site.tool("--undo")
    after = site.files()
    assert {n: c for n, c in after.items() if n in before} == before
    assert not any("asgi_serving" in name for name in after)
