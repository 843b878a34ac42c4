"""Projects as people lay them out: files besides or instead of a plain project's, and what they answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from upgrade.serving.planning import ASGI, MANAGE, PLAIN, SETTINGS, URLS, WSGI

PACKAGES: Final = (
    "channels>=4.3", "daphne>=4.2", "celery>=5.5", "django-allauth>=65", "django-configurations>=2.5",
    "django-environ>=0.12", "django-ninja>=1.4", "djangorestframework>=3.16", "dynaconf>=3.2",
    "pydantic-settings>=2.10", "python-decouple>=3.8", "whitenoise>=6.9",
)  # fmt: skip
"""What these projects use, besides what a plain one needs."""


class Layout(NamedTuple):
    """A project, and what it answers before and after.

    files: those that are other than in a plain project; None for one that is not there.
    pages: for each path a part of its answer. folder: where manage.py is.
    """

    name: str
    files: Mapping[str, str | None]
    pages: Mapping[str, str]
    folder: str = "."
    is_collected: bool = False
    web: str = "gunicorn --bind 127.0.0.1:0 mysite.wsgi"


def moved(folder: str, names: tuple[str, ...] = tuple(PLAIN)) -> dict[str, str | None]:
    """Return a plain project's files in another folder."""
    gone: dict[str, str | None] = dict.fromkeys(names)
    return gone | {f"{folder}/{name}": PLAIN[name] for name in names}


def with_settings(text: str, *more: str) -> str:
    """Return plain settings with more code at their end, and apps."""
    apps = "".join(f'    "{each}",\n' for each in more)
    return SETTINGS.replace("INSTALLED_APPS = [\n", f"INSTALLED_APPS = [\n{apps}") + text


AUTHENTICATED: Final = """
INSTALLED_APPS += ["django.contrib.auth", "django.contrib.sessions", "django.contrib.messages"]
MIDDLEWARE += [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
"""
PACKAGE: Final = tuple(name for name in PLAIN if name.startswith("mysite/"))
HELLO: Final = {"/": "hello"}

LAYOUTS: Final = (
    Layout(
        "src",
        {
            **moved("src", PACKAGE),
            "manage.py": MANAGE.replace(
                "import sys\n", "import sys\n\nsys.path.insert(0, 'src')\n"
            ),
        },
        HELLO,
        web="gunicorn --bind 127.0.0.1:0 --pythonpath src mysite.wsgi",
    ),
    Layout("backend", moved("backend"), HELLO, folder="backend"),
    Layout(
        "folder that is the package",
        {
            **moved("mysite", ("manage.py",)),
            "mysite/manage.py": MANAGE.replace(
                "import sys\n", "import sys\n\nsys.path.insert(0, '..')\n"
            ),
        },
        HELLO,
        folder="mysite",
        web="gunicorn --bind 127.0.0.1:0 --pythonpath .. mysite.wsgi",
    ),
    Layout(
        "settings in parts",
        {
            "mysite/settings.py": None,
            "mysite/settings/__init__.py": "",
            "mysite/settings/base.py": SETTINGS.replace(".parent.parent", ".parent.parent.parent")
            + "STATICFILES_DIRS = [BASE_DIR / 'mysite' / 'static']\n",
            "mysite/static/mysite/a.css": "a { color: red }\n",
            "mysite/settings/local.py": "from .base import *\n",
            "mysite/settings/production.py": "from .base import *\nDEBUG = False\n",
            "manage.py": MANAGE.replace("mysite.settings", "mysite.settings.local"),
            "mysite/asgi.py": ASGI.replace("mysite.settings", "mysite.settings.production"),
            "mysite/wsgi.py": WSGI.replace("mysite.settings", "mysite.settings.production"),
        },
        HELLO,
        is_collected=True,
    ),
    Layout(
        "django-environ",
        {
            ".env": "DEBUG=on\n",
            "mysite/settings.py": SETTINGS.replace(
                "DEBUG = True",
                'import environ\nenv = environ.Env()\nenviron.Env.read_env(BASE_DIR / ".env")\n'
                'DEBUG = env.bool("DEBUG")',
            ),
        },
        HELLO,
    ),
    Layout(
        "decouple",
        {
            ".env": "DEBUG=True\n",
            "mysite/settings.py": SETTINGS.replace(
                "DEBUG = True", 'from decouple import config\nDEBUG = config("DEBUG", cast=bool)'
            ),
        },
        HELLO,
    ),
    Layout(
        "dynaconf",
        {
            "settings.toml": "[default]\nGREETING = 'from dynaconf'\n",
            "mysite/settings.py": SETTINGS
            + "\nimport dynaconf  # noqa\nsettings = dynaconf.DjangoDynaconf(__name__, environments=True)\n",
            "mysite/urls.py": URLS.replace('"hello"', "settings.GREETING").replace(
                "from django.http", "from django.conf import settings\nfrom django.http"
            ),
        },
        {"/": "from dynaconf"},
    ),
    Layout(
        "pydantic settings",
        {
            "mysite/settings.py": "from pydantic_settings import BaseSettings\n\n\nclass Own(BaseSettings):\n"
            "    debug: bool = True\n\n\nown = Own()\n"
            + SETTINGS.replace("DEBUG = True", "DEBUG = own.debug"),
        },
        HELLO,
    ),
    Layout(
        "django-configurations",
        {
            "mysite/settings.py": "from pathlib import Path\n\nfrom configurations import Configuration\n\n"
            "BASE_DIR = Path(__file__).resolve().parent.parent\n\n\nclass Production(Configuration):\n"
            + "".join(f"    {line}\n" for line in SETTINGS.splitlines()[3:]),
            "manage.py": MANAGE.replace(
                '"mysite.settings")\n',
                '"mysite.settings")\n    os.environ.setdefault("DJANGO_CONFIGURATION", "Production")\n',
            ).replace("django.core.management", "configurations.management"),
            "mysite/asgi.py": ASGI.replace("django.core.asgi", "configurations.asgi").replace(
                "import os\n\n",
                "import os\n\nos.environ.setdefault('DJANGO_CONFIGURATION', 'Production')\n"
                'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")\n\n',
            ),
            "mysite/wsgi.py": WSGI.replace("django.core.wsgi", "configurations.wsgi").replace(
                "import os\n\n",
                "import os\n\nos.environ.setdefault('DJANGO_CONFIGURATION', 'Production')\n"
                'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")\n\n',
            ),
        },
        HELLO,
    ),
    Layout(
        "whitenoise",
        {
            "mysite/static/mysite/a.css": "a { color: red }\n",
            "mysite/settings.py": with_settings(
                "\nSTORAGES = {'staticfiles': "
                "{'BACKEND': 'whitenoise.storage.CompressedManifestStaticFilesStorage'}}\n"
                "STATICFILES_DIRS = [BASE_DIR / 'mysite' / 'static']\n"
            )
            .replace(
                "MIDDLEWARE = [", 'MIDDLEWARE = ["whitenoise.middleware.WhiteNoiseMiddleware", '
            )
            .replace("DEBUG = True", "DEBUG = False"),
        },
        {"/static/mysite/a.css": "a { color: red }", "/": "hello"},
        is_collected=True,
    ),
    Layout(
        "rest framework",
        {
            "mysite/settings.py": with_settings(AUTHENTICATED, "rest_framework"),
            "mysite/urls.py": "from django.urls import path\nfrom rest_framework.decorators import api_view\n"
            "from rest_framework.response import Response\n\n\n@api_view(['GET', 'POST'])\n"
            "def hello(request):\n    return Response({'said': 'hello'})\n\n\n"
            "urlpatterns = [path('', hello)]\n",
        },
        {"/?format=json": '{"said":"hello"}'},
    ),
    Layout(
        "ninja",
        {
            "mysite/urls.py": "from django.urls import path\nfrom ninja import NinjaAPI\n\napi = NinjaAPI()\n\n\n"
            "@api.get('/hello')\nasync def hello(request):\n    return {'said': 'hello'}\n\n\n"
            "urlpatterns = [path('api/', api.urls)]\n",
        },
        {"/api/hello": '{"said": "hello"}', "/api/openapi.json": "/api/hello"},
        web="uvicorn mysite.asgi:application --host 127.0.0.1 --port 0",
    ),
    Layout(
        "allauth",
        {
            "mysite/settings.py": with_settings(
                AUTHENTICATED + 'INSTALLED_APPS += ["allauth", "allauth.account"]\n'
                'MIDDLEWARE += ["allauth.account.middleware.AccountMiddleware"]\n'
                'AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]\n'
            ),
            "mysite/urls.py": "from django.urls import include, path\n\n"
            "urlpatterns = [path('accounts/', include('allauth.urls'))]\n",
        },
        {"/accounts/login/": "csrfmiddlewaretoken"},
    ),
    Layout(
        "celery",
        {
            "mysite/__init__.py": "from .celery import app as celery_app\n\n__all__ = ['celery_app']\n",
            "mysite/celery.py": "import os\n\nfrom celery import Celery\n\n"
            "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'mysite.settings')\n"
            "app = Celery('mysite')\napp.config_from_object('django.conf:settings', namespace='CELERY')\n",
        },
        HELLO,
    ),
    Layout(
        "channels",
        {
            "mysite/settings.py": with_settings(
                '\nASGI_APPLICATION = "mysite.asgi.application"\n', "daphne", "channels"
            ),
            "mysite/asgi.py": "import os\n\nfrom channels.routing import ProtocolTypeRouter, URLRouter\n"
            "from django.core.asgi import get_asgi_application\nfrom django.urls import path\n\n"
            "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'mysite.settings')\n"
            "django_application = get_asgi_application()\n\nfrom mysite.consumers import Echo  # noqa: E402\n\n"
            "application = ProtocolTypeRouter(\n    {\n        'http': django_application,\n"
            "        'websocket': URLRouter([path('ws/<str:room>/', Echo.as_asgi())]),\n    }\n)\n",
            "mysite/consumers.py": "from channels.generic.websocket import AsyncWebsocketConsumer\n\n\n"
            "class Echo(AsyncWebsocketConsumer):\n    async def receive(self, text_data):\n"
            "        room = self.scope['url_route']['kwargs']['room']\n"
            "        await self.send(f'{room}: {text_data}')\n",
        },
        HELLO,
        web="daphne -b 127.0.0.1 -p 0 mysite.asgi:application",
    ),
)
