"""A project as `startproject` makes it needs no decision: install, migrate, `gunicorn`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from started_server import DEADLINE

from upgrade.serving.site import Site

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Gunicorn does not run there")


def new_site(tmp_path: Path, django: str) -> Site:
    """Return a new project with a requirements file, and nothing else."""
    folder = tmp_path / "site"
    folder.mkdir()
    site = Site(folder)
    site.write({"requirements.txt": f"django=={django}.*\n"})
    site.install("-r", "requirements.txt")
    site.run("django-admin", "startproject", "mysite", ".")
    return site


@pytest.mark.parametrize("django", ["5.2", pytest.param("6.0", marks=pytest.mark.night), "6.1"])
def test_it_is_served_after_one_command(tmp_path: Path, django: str) -> None:
    """Then it is taken back, and is as it was."""
    site = new_site(tmp_path, django)
    before = site.files()
    site.commit()
    assert "Left to you" not in site.tool()
    site.install("-r", "requirements.txt")
    site.manage("migrate", "--verbosity=0")
    assert "no issues" in site.manage("check")
    with site.serve("gunicorn", "--bind", "127.0.0.1:0") as server:
        assert server.client.get("/livez").json() == {"status": "alive"}
        ready = server.client.get("/readyz")
        assert (ready.status_code, ready.json()["lanes"]) == (200, "ok")
        assert "The install worked" in server.client.get("/").text
        assert server.client.get("/static/admin/css/base.css").status_code == 200
        server.process.terminate()
        assert server.process.wait(DEADLINE) == 0
    site.change("mysite/settings.py", "DEBUG = True", "DEBUG = False")
    site.change("mysite/settings.py", "ALLOWED_HOSTS = []", "ALLOWED_HOSTS = ['localhost']")
    site.manage("collectstatic", "--no-input", "--verbosity=0")
    with site.serve("gunicorn", "--bind", "127.0.0.1:0") as server:
        assert server.client.get("/readyz").status_code == 200
        style = server.client.get("/static/admin/css/base.css")
        assert style.headers["content-type"].startswith("text/css")
        assert "base.css" in server.client.get("/admin/login/").text
    refused = site.tool("--undo", expect=2)
    assert "changed since: mysite/settings.py" in refused
    site.change("mysite/settings.py", "DEBUG = False", "DEBUG = True")
    site.change("mysite/settings.py", "ALLOWED_HOSTS = ['localhost']", "ALLOWED_HOSTS = []")
    site.tool("--undo")
    kept = {
        name: content
        for name, content in site.files().items()
        if not name.startswith("staticfiles/")
        and name != "db.sqlite3"
        and "__pycache__" not in name
    }
    assert kept == {n: c for n, c in before.items() if "__pycache__" not in n}
    assert not (site.folder / "asgi_serving").exists()


def test_it_is_served_by_the_oldest_packages_that_are_declared(tmp_path: Path) -> None:
    """Who pins all of them may have those."""
    site = new_site(tmp_path, "5.2")
    site.tool()
    site.install("--upgrade", "--resolution=lowest-direct", "-r", "requirements.txt")
    site.manage("migrate", "--verbosity=0")
    with site.serve("gunicorn", "--bind", "127.0.0.1:0") as server:
        assert server.client.get("/readyz").json()["lanes"] == "ok"
        assert "The install worked" in server.client.get("/").text
        assert server.client.get("/static/admin/css/base.css").status_code == 200


def test_a_second_run_has_nothing_to_do(tmp_path: Path) -> None:
    """And says so by its exit code, as --check does before."""
    site = new_site(tmp_path, "6.1")
    before = site.files()
    assert "To be written:" in site.tool("--check", expect=1)
    assert "+    'asgi_serving',  # first" in site.tool("--diff", expect=1)
    assert site.files() == before
    site.tool()
    after = site.files()
    assert site.tool() == site.tool("--check") == "Nothing to do.\n"
    assert site.files() == after


def test_it_boots_when_asked(tmp_path: Path) -> None:
    """What is asked for, and what answers; before its packages are installed it says what lacks."""
    site = new_site(tmp_path, "6.1")
    assert "does not boot: " in (told := site.tool("--boot", expect=1))
    assert "No module named gunicorn" in told
    site.install("-r", "requirements.txt")
    site.variables["http_proxy"] = "http://127.0.0.1:9"  # which nobody can reach
    told = site.tool("--boot")
    assert '/livez 200 {"status": "alive"}' in told
    assert '/readyz 503 {"status": "unavailable"' in told  # nothing was migrated
    assert "/ 200" in told
    assert "worker class          asgi_serving.worker.Worker" in told
    site.manage("migrate", "--verbosity=0")
    assert '/readyz 200 {"status": "ready"' in site.tool("--boot")
    asgi = site.read("mysite/asgi.py")
    site.write({"mysite/asgi.py": asgi + NOT_FOUND})
    assert "the server does not answer /livez" in site.tool("--boot", expect=1)


NOT_FOUND = """

async def application(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body"})
"""
