"""The ASGI module, and what Django's application is wrapped into."""

from __future__ import annotations

from pathlib import Path

import pytest

from upgrade.serving.planning import ASGI, SETTINGS, WSGI, assert_is_done, planned

CHANNELS = """\
import os

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")
django_asgi_app = get_asgi_application()

from chat.routing import websocket_urlpatterns

application = ProtocolTypeRouter(
    {
        "http": django_asgi_app,  # pages
        "websocket": AuthMiddlewareStack(URLRouter(websocket_urlpatterns)),
    }
)
"""
INLINE = CHANNELS.replace("django_asgi_app = get_asgi_application()\n", "").replace(
    '"http": django_asgi_app,', '"http": get_asgi_application(),'
)
FUNCTION = """\
import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")
django_application = get_asgi_application()

from mysite.websocket import websocket_application


async def application(scope, receive, send):
    if scope["type"] == "http":
        await django_application(scope, receive, send)
    elif scope["type"] == "websocket":
        await websocket_application(scope, receive, send)
    else:
        raise NotImplementedError(f"Unknown scope type {scope['type']}")
"""
NEW = ("from django.core.asgi", "from asgi_serving.asgi")

WRITTEN = [
    (ASGI, ASGI.replace(*NEW)),
    (
        ASGI.replace("application = get", "application = SentryAsgiMiddleware(get") + ")\n",
        None,
    ),
    (
        CHANNELS,
        CHANNELS.replace(*NEW).replace(
            '        "http"', '        "lifespan": django_asgi_app,\n        "http"'
        ),
    ),
    (
        INLINE,
        INLINE.replace(*NEW)
        .replace(
            "application = Proto", "http_application = get_asgi_application()\napplication = Proto"
        )
        .replace(
            '        "http": get_asgi_application(),',
            '        "lifespan": http_application,\n        "http": http_application,',
        ),
    ),
    (
        FUNCTION,
        FUNCTION.replace(*NEW).replace('["type"] == "http"', '["type"] in {"http", "lifespan"}'),
    ),
    (
        ASGI.replace("django.core.asgi", "configurations.asgi"),
        ASGI.replace(
            "from django.core.asgi",
            "import configurations\n\nconfigurations.setup()\nfrom asgi_serving.asgi",
        ),
    ),
]


@pytest.mark.parametrize(("before", "after"), [row for row in WRITTEN if row[1]])
def test_module_serves_by_the_library(tmp_path: Path, before: str, after: str) -> None:
    """Channels' router stays the application of WebSockets."""
    files, plan = planned(tmp_path, {"mysite/asgi.py": before})
    assert not plan.needed
    assert files["mysite/asgi.py"] == after
    assert_is_done(tmp_path, plan)


def test_setting_may_name_another_module(tmp_path: Path) -> None:
    """Such as a routing.py of Channels, which runserver serves."""
    files = {
        "mysite/settings.py": SETTINGS + 'ASGI_APPLICATION = "mysite.routing.application"\n',
        "mysite/routing.py": CHANNELS,
        "Procfile": "web: daphne mysite.routing:application\n",
    }
    after, plan = planned(tmp_path, files, "mysite/asgi.py")
    assert not plan.needed
    assert after["mysite/routing.py"] == WRITTEN[2][1]
    assert after["Procfile"].endswith(" mysite.routing:application\n")
    assert after["Procfile"].startswith("web: gunicorn ")
    assert_is_done(tmp_path, plan)


def test_what_hands_all_on_may_be_around(tmp_path: Path) -> None:
    """Such as Sentry's."""
    text = ASGI + "application = SentryAsgiMiddleware(application)\n"
    files, plan = planned(tmp_path, {"mysite/asgi.py": text})
    assert not plan.needed
    assert files["mysite/asgi.py"] == text.replace(*NEW)


ASKED = [
    ASGI.replace(
        "from django.core.asgi import get_asgi_application", "import django.core.asgi"
    ).replace("= get", "= django.core.asgi.get"),
    ASGI + "application = Unknown(application)\n",
    ASGI + "app = FastAPI()\napp.mount('/', application)\napplication = app\n",
    CHANNELS.replace('"http": django_asgi_app', '"http": Guard(django_asgi_app)'),
    FUNCTION.replace('== "http"', '!= "websocket"'),
    "application = (\n",
]


@pytest.mark.parametrize("text", ASKED)
def test_what_is_not_certain_is_asked_for(tmp_path: Path, text: str) -> None:
    """And nothing is written."""
    files, plan = planned(tmp_path, {"mysite/asgi.py": text})
    assert files["mysite/asgi.py"] == text
    assert [str(each.path) for each in plan.needed] == ["mysite/asgi.py"]


def test_what_only_wsgi_does_is_asked_for(tmp_path: Path) -> None:
    """Gunicorn has loaded wsgi.py so far: what reads a file of variables there is needed here."""
    wsgi = WSGI.replace(
        "import os\n", "import os\n\nfrom dotenv import load_dotenv\n\nload_dotenv()\n"
    )
    _, plan = planned(tmp_path, {"mysite/wsgi.py": wsgi})
    [asked] = plan.needed
    assert asked.write == "from dotenv import load_dotenv\nload_dotenv()"
    _, plan = planned(tmp_path, {"mysite/asgi.py": f"{asked.write}\n{ASGI}"})
    assert not plan.needed


def test_settings_are_those_of_wsgi(tmp_path: Path) -> None:
    """Which was served so far; where asgi.py was, its own stay."""
    wsgi = WSGI.replace("mysite.settings", "mysite.production")
    files = {"mysite/wsgi.py": wsgi, "mysite/production.py": "from .settings import *\n"}
    after, plan = planned(tmp_path, files)
    assert not plan.needed
    assert after["mysite/asgi.py"] == ASGI.replace(*NEW).replace(
        "mysite.settings", "mysite.production"
    )
    served = {"Procfile": "web: uvicorn mysite.asgi:application\n"}
    after, _ = planned(tmp_path, {**files, **served})
    assert after["mysite/asgi.py"] == ASGI.replace(*NEW)


def test_paths_in_other_words_are_the_same(tmp_path: Path) -> None:
    """And names that only these use are none that is missing."""
    head = "import os\nimport sys\n\n"
    wsgi = WSGI.replace("import os\n", f"{head}HERE = os.getcwd()\nsys.path.append(HERE)\n")
    asgi = ASGI.replace("import os\n", f"{head}sys.path.append(os.getcwd())\n")
    _, plan = planned(tmp_path, {"mysite/wsgi.py": wsgi, "mysite/asgi.py": asgi})
    assert not plan.needed


def test_module_is_written_where_there_is_none(tmp_path: Path) -> None:
    """As wsgi.py is, or as Django's is where there is not even that."""
    wsgi = WSGI.replace(
        "import os\n", "import os\n\nfrom dotenv import load_dotenv\n\nload_dotenv()\n"
    )
    files, plan = planned(tmp_path, {"mysite/wsgi.py": wsgi}, "mysite/asgi.py")
    assert not plan.needed
    expected = wsgi.replace("django.core.wsgi", "asgi_serving.asgi").replace("wsgi", "asgi")
    assert files["mysite/asgi.py"] == expected
    assert_is_done(tmp_path, plan)


def test_module_of_another_package_is_none_of_the_project(tmp_path: Path) -> None:
    """Such as that of a second one, for workers of tasks, which has settings of its own."""
    workers = {
        "workers/asgi.py": ASGI.replace("mysite", "workers"),
        "workers/settings.py": "from mysite.settings import *\n",
    }
    files, plan = planned(tmp_path, workers, "mysite/asgi.py")
    assert not plan.needed
    assert files["workers/asgi.py"] == workers["workers/asgi.py"]
    assert files["mysite/asgi.py"] == ASGI.replace(*NEW)
    files, plan = planned(tmp_path / "other", {"server/asgi.py": ASGI}, "mysite/asgi.py")
    assert files["server/asgi.py"] == ASGI.replace(*NEW)
    assert "mysite/asgi.py" not in files


def test_module_is_written_without_any(tmp_path: Path) -> None:
    """The settings module is the one of manage.py."""
    files, plan = planned(tmp_path, {}, "mysite/asgi.py", "mysite/wsgi.py")
    assert not plan.needed
    assert "from asgi_serving.asgi import get_asgi_application\n" in files["mysite/asgi.py"]
    assert '"DJANGO_SETTINGS_MODULE", "mysite.settings")' in files["mysite/asgi.py"]
    assert_is_done(tmp_path, plan)


def test_wrapped_wsgi_without_asgi_is_asked_for(tmp_path: Path) -> None:
    """What wraps it takes WSGI alone."""
    wsgi = WSGI + "application = WhiteNoise(application)\n"
    _, plan = planned(tmp_path, {"mysite/wsgi.py": wsgi}, "mysite/asgi.py")
    [asked] = plan.needed
    assert asked.what.startswith("this file does not hand on")
