"""The app in INSTALLED_APPS, in all the ways that settings are written."""

from __future__ import annotations

from pathlib import Path

import pytest

from upgrade.serving.planning import MANAGE, PLAIN, SETTINGS, assert_is_done, planned

APPS = """\
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.staticfiles",
]
"""
REMARK = "  # first, because its runserver replaces Django's"

WRITTEN = [
    (
        "INSTALLED_APPS = [\n    # Django\n    'a',  # why\n    'b',\n]\n",
        f"INSTALLED_APPS = [\n    'asgi_serving',{REMARK}\n    # Django\n    'a',  # why\n    'b',\n]\n",
    ),
    ('INSTALLED_APPS = ["a", "b"]\n', 'INSTALLED_APPS = ["asgi_serving", "a", "b"]\n'),
    ("INSTALLED_APPS = ('a', 'b')\n", "INSTALLED_APPS = ('asgi_serving', 'a', 'b')\n"),
    ("INSTALLED_APPS = 'a', 'b'\n", "INSTALLED_APPS = 'asgi_serving', 'a', 'b'\n"),
    ("INSTALLED_APPS = []\n", 'INSTALLED_APPS = ["asgi_serving",]\n'),
    (
        'INSTALLED_APPS: list[str] = [\n    "a",\n]\n',
        f'INSTALLED_APPS: list[str] = [\n    "asgi_serving",{REMARK}\n    "a",\n]\n',
    ),
    (
        'INSTALLED_APPS = [\n    "daphne",  # before staticfiles\n    "a",\n]\n',
        'INSTALLED_APPS = [\n    "asgi_serving",  # before staticfiles\n    "a",\n]\n',
    ),
    (
        'DJANGO_APPS = [\n    "a",\n]\nOWN = ["b"]\nINSTALLED_APPS = DJANGO_APPS + OWN\n',
        f'DJANGO_APPS = [\n    "asgi_serving",{REMARK}\n    "a",\n]\nOWN = ["b"]\n'
        "INSTALLED_APPS = DJANGO_APPS + OWN\n",
    ),
    (
        'OWN = ["b"]\nINSTALLED_APPS = [*OWN, "a"]\n',
        'OWN = ["b"]\nINSTALLED_APPS = ["asgi_serving", *OWN, "a"]\n',
    ),
    (
        'INSTALLED_APPS = [\n    "a",\n]\nif DEBUG:\n    INSTALLED_APPS += ["b"]\n',
        f'INSTALLED_APPS = [\n    "asgi_serving",{REMARK}\n    "a",\n]\n'
        'if DEBUG:\n    INSTALLED_APPS += ["b"]\n',
    ),
    (
        'INSTALLED_APPS = [\n\t"ä", "b",\n]\nINSTALLED_APPS = ["c", *INSTALLED_APPS]\n',
        f'INSTALLED_APPS = [\n\t"asgi_serving",{REMARK}\n\t"ä", "b",\n]\n'
        'INSTALLED_APPS = ["c", *INSTALLED_APPS]\n',
    ),
    (
        'class Common(Configuration):\n    INSTALLED_APPS = [\n        "a",\n    ]\n',
        f'class Common(Configuration):\n    INSTALLED_APPS = [\n        "asgi_serving",{REMARK}\n'
        '        "a",\n    ]\n',
    ),
]


@pytest.mark.parametrize(("before", "after"), WRITTEN)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_app_is_first(tmp_path: Path, before: str, after: str, newline: str) -> None:
    """Whatever else stands there stays, byte for byte."""
    settings = SETTINGS.replace(APPS, before)
    files, plan = planned(tmp_path, {"mysite/settings.py": settings.replace("\n", newline)})
    assert not plan.needed
    assert files["mysite/settings.py"] == SETTINGS.replace(APPS, after).replace("\n", newline)
    assert_is_done(tmp_path, plan)


ASKED = [
    'INSTALLED_APPS = env.list("APPS")\n',
    "from other import INSTALLED_APPS\n",
    'INSTALLED_APPS = sorted({"a", "b"})\n',
    'A = ["a"]\nif DEBUG:\n    A = ["b"]\nINSTALLED_APPS = A + ["c"]\n',
]


@pytest.mark.parametrize("code", ASKED)
def test_what_is_computed_is_asked_for(tmp_path: Path, code: str) -> None:
    """With the line, and the rest waits; once the line is there, the rest is written."""
    settings = SETTINGS.replace(APPS, code)
    files, plan = planned(tmp_path, {"mysite/settings.py": settings})
    assert files["mysite/settings.py"] == settings
    [asked] = plan.needed
    assert asked.write == f'INSTALLED_APPS = ["asgi_serving", *INSTALLED_APPS]{REMARK}'
    _, plan = planned(tmp_path, {"mysite/settings.py": f"{settings}{asked.write}\n"})
    assert not plan.needed
    assert plan.created


def test_each_settings_module_has_it_once(tmp_path: Path) -> None:
    """Where a module takes all names from another, it is written there."""
    base = SETTINGS.replace(".parent.parent", ".parent.parent.parent")
    files = {
        "manage.py": MANAGE.replace("mysite.settings", "mysite.settings.development"),
        "mysite/settings/__init__.py": "",
        "mysite/settings/base.py": base,
        "mysite/settings/development.py": "from .base import *\nINSTALLED_APPS += ['debug']\n",
        "mysite/settings/production.py": "from mysite.settings.base import *\nDEBUG = False\n",
        "mysite/settings/other.py": 'INSTALLED_APPS = ["a"]\n',
    }
    files |= {
        name: PLAIN[name].replace("mysite.settings", "mysite.settings.production")
        for name in ("mysite/asgi.py", "mysite/wsgi.py")
    }
    after, plan = planned(tmp_path, files, "mysite/settings.py")
    changed = {str(change.document.path) for change in plan.changes}
    assert changed == {"mysite/asgi.py", "mysite/settings/base.py", "requirements.txt"}
    assert '"asgi_serving"' in after["mysite/settings/base.py"]
    assert_is_done(tmp_path, plan)


def test_settings_in_files_by_name_have_it(tmp_path: Path) -> None:
    """As django-split-settings includes them."""
    files = {
        "mysite/settings/__init__.py": "from split_settings.tools import include\n\n"
        "include('parts/common.py', 'parts/other_*.py')\n",
        "mysite/settings/parts/common.py": SETTINGS,
        "mysite/settings/parts/unused.py": SETTINGS,
    }
    after, plan = planned(tmp_path, files, "mysite/settings.py")
    assert not plan.needed
    assert '"asgi_serving"' in after["mysite/settings/parts/common.py"]
    assert after["mysite/settings/parts/unused.py"] == SETTINGS


def test_manage_may_leave_settings_to_the_environment(tmp_path: Path) -> None:
    """Then wsgi.py names them, or a file of variables."""
    manage = MANAGE.replace(
        'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")', "pass"
    )
    after, plan = planned(tmp_path, {"manage.py": manage})
    assert not plan.needed
    assert '"asgi_serving"' in after["mysite/settings.py"]


def test_each_of_two_modules_has_it(tmp_path: Path) -> None:
    """Where neither is made from the other."""
    production = {
        "mysite/production.py": SETTINGS,
        "Dockerfile": "ENV DJANGO_SETTINGS_MODULE=mysite.production\n",
    }
    after, plan = planned(tmp_path, production)
    for name in ("mysite/settings.py", "mysite/production.py"):
        assert '    "asgi_serving",' in after[name]
    assert_is_done(tmp_path, plan)
