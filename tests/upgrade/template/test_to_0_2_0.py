"""The codemod of the move from `serving` to the library `asgi_serving`."""

from __future__ import annotations

from pathlib import Path

import pytest

from asgi_upgrade.template.codemods.codemod import Files
from asgi_upgrade.template.codemods.to_0_2_0 import CODEMOD, entries, moved, renamed_in_python
from asgi_upgrade.template.codemods.websocket_routes import with_routes
from asgi_upgrade.template.trees import Store
from upgrade.template.mini_template import committed
from upgrade.template.sides import project_files

LIBRARY = Path(__file__).resolve().parents[3] / "{{cookiecutter.project_slug}}" / "asgi_serving"

PYTHON = {
    "from serving.drain import drain\n": "from asgi_serving.drain import drain\n",
    "from serving.lanes import NoLaneFree  # full\n": (
        "from asgi_serving.handler.lanes import NoLaneFree  # full\n"
    ),
    "from serving.handler import get_handler\n": "from asgi_serving.asgi import get_handler\n",
    "    from serving.handler import Handler, get_handler\n": (
        "    from asgi_serving.asgi import get_handler\n"
        "    from asgi_serving.handler.handler import Handler\n"
    ),
    "from serving.middleware import (\n    NativeMiddleware,\n    SessionMiddleware as Sessions,\n)\n": (
        "from asgi_serving.handler.middleware import NativeMiddleware, SessionMiddleware as Sessions\n"
    ),
    "from serving.middleware import (\n    NativeMiddleware,  # ours\n)\n": (
        "from asgi_serving.handler.middleware import (\n    NativeMiddleware,  # ours\n)\n"
    ),
    "from serving import lanes, logs\n": (
        "from asgi_serving import logs\nfrom asgi_serving.handler import lanes\n"
    ),
    "import serving.logs\nserving.logs.request_id.get()\n": (
        "import asgi_serving.logs\nasgi_serving.logs.request_id.get()\n"
    ),
    "import serving\n": "import asgi_serving as serving\n",
    "from config.variables import BASE_DIR, Variable\n": (
        "from asgi_serving.environment.variable import Variable\n"
        "from config.variables import BASE_DIR\n"
    ),
    "from config.variables import BASE_DIR\n": "from config.variables import BASE_DIR\n",
    'mock.patch("serving.health.TIMEOUT", 1)\n': (
        'mock.patch("asgi_serving.application.probes.TIMEOUT", 1)\n'
    ),
    'SILENCED_SYSTEM_CHECKS = ["serving.W004", "serving.E010"]\n': (
        'SILENCED_SYSTEM_CHECKS = ["asgi_serving.W004", "asgi_serving.W029"]\n'
    ),
    'INSTALLED_APPS = ["serving", "team"]\n': 'INSTALLED_APPS = ["asgi_serving", "team"]\n',
    'place = "serving"\n': 'place = "serving"\n',
    "from serving.metrics import count\n": "from serving.metrics import count\n",
    "from team.serving.lanes import Lane\n": "from team.serving.lanes import Lane\n",
    "observing.lanes.x = self.serving.lanes\n": "observing.lanes.x = self.serving.lanes\n",
    "from .serving import lanes\n": "from .serving import lanes\n",
}


@pytest.mark.parametrize(("before", "after"), PYTHON.items(), ids=range(len(PYTHON)))
def test_python_names_the_library(before: str, after: str) -> None:
    """Where each module and name is now; what is not known stays, and so does all a second time."""
    assert renamed_in_python(before) == after
    assert renamed_in_python(after) == after


SETTINGS = {
    "CHECK_AT_START = False\n": 'ASGI_SERVING["CHECK_AT_START"] = False\n',
    "DATABASE_CONNECTIONS: int = 20\n": 'ASGI_SERVING["DATABASE_CONNECTIONS"] = 20\n',
    "LANES = None\n": 'ASGI_SERVING["LANES"] = 0\n',
    'LANES["size"] = 20\nLANES["reuse"] = False\n': (
        'ASGI_SERVING["LANES"] = 20\nASGI_SERVING["LANES_REUSE"] = False\n'
    ),
    "from config.settings.base import MIDDLEWARE\n\nLANES = None\n": (
        'from config.settings.base import ASGI_SERVING, MIDDLEWARE\n\nASGI_SERVING["LANES"] = 0\n'
    ),
    "LANES_OF_HIGHWAY = 4\n": "LANES_OF_HIGHWAY = 4\n",
}


@pytest.mark.parametrize(("before", "after"), SETTINGS.items(), ids=range(len(SETTINGS)))
def test_settings_are_entries(before: str, after: str) -> None:
    """In a module that derives from the base."""
    assert entries(before) == after
    assert entries(after) == after


OLD_ROUTES = "from serving.types import Application\n\nroutes: dict[str, Application] = "
ROUTES = {
    "none": (
        OLD_ROUTES + "{}\n",
        "from asgi_serving.routing import Routes\n\nroutes: Routes = []\n",
    ),
    "clock": (
        OLD_ROUTES + '{"/ws/clock/": clock}\n',
        "from asgi_serving.routing import Routes, websocket\n\n"
        'routes: Routes = [websocket("ws/clock/", clock)]\n',
    ),
    "two": (
        OLD_ROUTES + '{\n    "/a/": one(1),\n    "/b/": two,  # the second\n}\n',
        "from asgi_serving.routing import Routes, websocket\n\n"
        'routes: Routes = [\n    websocket("a/", one(1)),\n    websocket("b/", two),\n]\n',
    ),
    "computed": (OLD_ROUTES + "{PATH: one}\n", OLD_ROUTES + "{PATH: one}\n"),
    "broken": (OLD_ROUTES + "{\n", OLD_ROUTES + "{\n"),
}


@pytest.mark.parametrize("name", ROUTES)
def test_routes_of_websockets_are_a_list(name: str) -> None:
    """As the library takes them; what is computed works on as it is."""
    before, after = ROUTES[name]
    assert with_routes(before) == after
    assert with_routes(after) == after


def test_files_move_with_their_module() -> None:
    """To files that the library has; a team's own stay where they are."""
    paths = {
        "serving/__init__.py": "asgi_serving/__init__.py",
        "serving/lanes.py": "asgi_serving/handler/lanes.py",
        "serving/databases.py": "asgi_serving/databases/pools.py",
        "serving/checks/proxy.py": "asgi_serving/checks/proxy.py",
        "serving/development/failure_page.html": "asgi_serving/development/failure_page.html",
        "serving/management/commands/serving.py": "asgi_serving/management/commands/serving.py",
        "docs/checks.md": "asgi_serving/CHECKS.md",
    }
    assert {path: moved(path) for path in paths} == paths
    for path in paths.values():
        assert (LIBRARY.parent / path).exists(), path
    for path in ("serving/team.py", "team/serving/lanes.py", "serving.py"):
        assert moved(path) == path


def test_a_project_is_changed_where_it_names_the_library(tmp_path: Path) -> None:
    """In every kind of file; what a person has to look at is told."""
    files = {
        "compose.yaml": "GUNICORN_WORKER_CLASS: serving.worker.Worker\n",
        "team/views.py": "from serving.metrics import count\n\nx = settings.LANES['size']\n",
        "serving/metrics.py": "from serving.lanes import Lane\n",
        "serving/lanes.py": "class Lane: ...\n",
        "team/windows.py": "from serving.handler import get_handler\r\n",
        "notes.md": "See `serving.lanes` and deploy/serving.lanes.\n",
        "image.png": "serving.lanes\0",
        "config/settings/staging.py": "LANES = {'size': 3}\n",
        "config/websocket.py": ROUTES["clock"][0],
        "tests/test_team.py": "async def test_rows(async_db: None) -> None: ...\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(text.encode())
    committed(tmp_path)
    store = Store(tmp_path.parent / f"{tmp_path.name}.git", tmp_path)
    tree = project_files(store, tmp_path)
    told = CODEMOD.apply(Files(store, tree))
    contents = store.read([entry.object for entry in tree.values()])
    after = {path: contents[entry.object].decode() for path, entry in tree.items()}
    assert after["compose.yaml"] == "GUNICORN_WORKER_CLASS: asgi_serving.worker.Worker\n"
    assert after["serving/metrics.py"] == "from asgi_serving.handler.lanes import Lane\n"
    assert "asgi_serving/handler/lanes.py" in after
    assert "serving/lanes.py" not in after
    assert after["notes.md"] == "See `asgi_serving.handler.lanes` and deploy/serving.lanes.\n"
    assert after["config/websocket.py"] == ROUTES["clock"][1]
    assert after["tests/test_team.py"] == "async def test_rows(db: None) -> None: ...\n"
    assert after["team/windows.py"] == "from asgi_serving.asgi import get_handler\r\n"
    assert after["image.png"] == files["image.png"]
    assert told == [
        "config/settings/staging.py:1: LANES = {'size': 3}: it is an entry of ASGI_SERVING now",
        "team/views.py:3: x = settings.LANES['size']: it is an entry of ASGI_SERVING now",
        "team/views.py:1: serving.metrics is no module of the library: it stays in the folder serving/",
    ]
    assert CODEMOD.apply(Files(store, tree)) == told
