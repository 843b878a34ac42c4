"""The projects, and how each is made from what its authors publish on the package index."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

COLLECT: Final = ("python", "manage.py", "collectstatic", "--no-input", "--verbosity=0")
ALLAUTH: Final = "django-allauth[mfa,saml,socialaccount,steam]==65.21.1"


class Project(NamedTuple):
    """A project that is served by a wsgi.py.

    name: what the table calls it. packages: what it is made with, and runs by. make: the command that
    makes it in an empty folder. source: instead of that, a package, its version, and a folder of
    its source distribution. manage: the folder of manage.py. page: what is asked for.
    files: what is written besides, such as a requirements file where the authors have none. prepare:
    commands that its documentation has before the first start.
    """

    name: str
    packages: tuple[str, ...]
    page: str
    make: tuple[str, ...] = ()
    source: tuple[str, str, str] = ("", "", "")
    manage: str = "."
    files: Mapping[str, str] = {}
    prepare: tuple[tuple[str, ...], ...] = ()


def new(django: str) -> Project:
    """Return what startproject makes."""
    requirement = f"django=={django}.*"
    return Project(
        f"startproject of Django {django}", (requirement,), "/admin/login/",
        ("django-admin", "startproject", "mysite", "."), files={"requirements.txt": f"{requirement}\n"},
    )  # fmt: skip


PROJECTS: Final = (
    new("5.2"),
    new("6.0"),
    new("6.1"),
    Project("wagtail start 8.0", ("wagtail==8.0.1",), "/", ("wagtail", "start", "mysite", ".")),
    Project(
        "coderedcms start 6.0", ("coderedcms==6.0.0",), "/", ("coderedcms", "start", "mysite", ".")
    ),
    Project(
        "django-allauth 65.21, regular", (ALLAUTH,), "/accounts/login/",
        source=("django-allauth", "65.21.1", "examples/regular-django"),
    ),
    Project(
        "django-allauth 65.21, backend of a page in React",
        (ALLAUTH, "qrcode", "drf-spectacular==0.28.0", "djangorestframework<4", "django-ninja<2"),
        "/_allauth/browser/v1/config",
        source=("django-allauth", "65.21.1", "examples/react-spa/backend"),
    ),
    Project(
        "pretalx 2026.2", ("pretalx==2026.2.1",), "/orga/login/",
        source=("pretalx", "2026.2.1", "."), manage="src",
        prepare=(COLLECT,),
    ),
)  # fmt: skip
