"""The projects: those that their authors' own command makes, and those of source distributions."""

from __future__ import annotations

from typing import Final

from proofs.public_projects.project import Project
from proofs.public_projects.repositories import COLLECT, REPOSITORIES

ALLAUTH: Final = "django-allauth[mfa,saml,socialaccount,steam]==65.21.1"


def new(django: str) -> Project:
    """Return what startproject makes."""
    requirement = f"django=={django}.*"
    return Project(
        f"startproject of Django {django}", "/admin/login/", (requirement,),
        ("django-admin", "startproject", "mysite", "."), files={"requirements.txt": f"{requirement}\n"},
    )  # fmt: skip


PROJECTS: Final = (
    new("5.2"),
    new("6.0"),
    new("6.1"),
    Project("wagtail start 8.0", "/", ("wagtail==8.0.1",), ("wagtail", "start", "mysite", ".")),
    Project(
        "coderedcms start 6.0", "/", ("coderedcms==6.0.0",), ("coderedcms", "start", "mysite", ".")
    ),
    Project(
        "django-allauth 65.21, regular", "/accounts/login/", (ALLAUTH,),
        source=("django-allauth", "65.21.1", "examples/regular-django"),
    ),
    Project(
        "django-allauth 65.21, backend of a page in React", "/_allauth/browser/v1/config",
        (ALLAUTH, "qrcode", "drf-spectacular==0.28.0", "djangorestframework<4", "django-ninja<2"),
        source=("django-allauth", "65.21.1", "examples/react-spa/backend"),
    ),
    Project(
        "pretalx 2026.2", "/orga/login/", ("pretalx==2026.2.1",),
        source=("pretalx", "2026.2.1", "."), manage="src",
        prepare=(COLLECT,),
    ),
    *REPOSITORIES,
)  # fmt: skip
