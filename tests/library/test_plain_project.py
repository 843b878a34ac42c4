"""A project that never saw the template takes the library by three lines, and is served whole."""

from __future__ import annotations

import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import pytest
from interpreters import interpreter
from plain_project import PlainProject, environment_with
from started_server import DEADLINE

from proofs.distribution import installed

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Gunicorn does not run there")

STACKS: Final = [
    # Python, Django, whether the library is installed or lies in the project, other packages
    ("3.13", "5.2", "wheel", ()),
    ("3.13", "6.0", "wheel", ("uvicorn-worker",)),
    ("3.12", "6.1", "folder", ("uvicorn-worker",)),
]
MORE_STACKS: Final = [("3.13", "6.1", "wheel", ()), ("3.12", "5.2", "folder", ())]
"""What the others have as well, but not together."""

GUNICORN: Final = ("-m", "gunicorn", "mysite.asgi", "-k", "asgi_serving.worker.Worker")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that the wheel was installed to."""
    return installed(tmp_path_factory.mktemp("distribution"))


@pytest.fixture(
    params=[*STACKS, *(pytest.param(stack, marks=pytest.mark.night) for stack in MORE_STACKS)],
    ids=lambda stack: "-".join([*stack[:3], *stack[3]]),
)
def plain(request: pytest.FixtureRequest, tmp_path: Path, wheel: Path) -> PlainProject:
    """Return a project with the library."""
    python, django, place, packages = request.param
    if not (found := interpreter(python)):
        pytest.skip(f"this machine has no Python {python}")
    folder = tmp_path / "project"
    folder.mkdir()
    own = environment_with(found, django, *packages)
    return PlainProject(folder, own, wheel if place == "wheel" else None)


def test_it_is_served_by_gunicorn(plain: PlainProject) -> None:
    """Probes, static files, lanes, and a worker that answers before it ends."""
    plain.for_production()
    assert "no issues" in plain.manage("check")
    with plain.serve(*GUNICORN, "-b", "127.0.0.1:0", "-w", "1") as server:
        client = server.client
        assert client.get("/livez").json() == {"status": "alive"}
        ready = client.get("/readyz")
        assert (ready.status_code, ready.json()["lanes"]) == (200, "ok"), ready.text
        style = client.get("/static/admin/css/base.css")
        assert style.headers["content-type"].startswith("text/css")
        assert client.get("/thread/").text.startswith("lane")
        assert client.get("/language/").text == "first"
        assert client.get("/admin/login/").status_code == 200
        assert client.get("/none/").status_code == 404
        with ThreadPoolExecutor(1) as executor:
            slow = executor.submit(client.get, "/slow/")
            server.wait_for(lambda: "The slow page has begun" in server.written())
            server.process.terminate()
            assert slow.result().text == "done"
        assert server.process.wait(DEADLINE) == 0


def test_it_is_served_while_it_is_developed(plain: PlainProject) -> None:
    """`runserver` loads a saved file, and refuses nobody."""
    plain.manage("migrate", "--verbosity=0")
    with plain.serve("manage.py", "runserver", "127.0.0.1:0") as server:
        assert server.client.get("/language/").text == "first"
        assert server.client.get("/static/admin/css/base.css").status_code == 200
        # On a connection that is kept a browser would ask again, where this client gives up.
        server.client.headers["Connection"] = "close"
        assert server.client.get("/language/").text == "first"
        plain.change("mysite/urls.py", '"first"', '"second"')
        server.wait_for(lambda: server.client.get("/language/").text == "second")
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(DEADLINE) == 0


def test_it_tells_what_serves_it(plain: PlainProject) -> None:
    """`manage.py serving`, and a check that fires."""
    assert "/livez, /readyz" in plain.manage("serving")
    with (plain.folder / "mysite" / "settings.py").open("a") as settings:
        settings.write('\nASGI_SERVING = {"LANES": "many"}\nSILENCED_SYSTEM_CHECKS = []\n')
    with pytest.raises(AssertionError) as failed:
        plain.manage("check")
    assert "(asgi_serving.E015) ASGI_SERVING['LANES'] must be a whole number" in str(failed.value)
    assert "Traceback" not in str(failed.value)
    with plain.serve(*GUNICORN, "-b", "127.0.0.1:0", "-w", "1") as server:
        server.process.wait(DEADLINE)
        assert "Traceback" not in server.written()
        assert server.written().count("ASGI_SERVING['LANES'] must be a whole number") == 1
