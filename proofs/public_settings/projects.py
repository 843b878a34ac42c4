"""The projects whose settings are looked at, and what is found there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class Project(NamedTuple):
    """A project on Django that publishes its settings in a wheel.

    package, version: the wheel.
    module: the settings that its production starts from.
    folders: where that module and what it imports are in the wheel.
    stubs: packages that the settings import, and that are not installed here.
    environment: variables without which the settings cannot be imported.
    """

    package: str
    version: str
    module: str
    folders: tuple[str, ...] = (".",)
    stubs: tuple[str, ...] = ()
    environment: Mapping[str, str] = {}


PROJECTS: Final = (
    Project("byro", "2026.4.0", "byro.settings"),
    Project(
        "coderedcms", "6.0.0", "project_name.settings.prod",
        folders=("coderedcms/project_template/pro",),
    ),
    Project(
        "doccano", "1.8.4", "config.settings.production", folders=("backend",),
        stubs=("celery", "dj_database_url", "environs", "furl"),
    ),
    Project("dpaste", "3.5", "dpaste.settings.base", stubs=("dj_database_url",)),
    Project(
        "ephios", "0.27.1", "ephios.settings", stubs=("cryptography", "csp", "py_vapid"),
        environment={
            "ADMINS": "A <a@example.com>",
            "ALLOWED_HOSTS": "example.com",
            "DATABASE_URL": "postgres://user:password@localhost/name",
            "DEBUG": "False",
            "DEFAULT_FROM_EMAIL": "a@example.com",
            "EMAIL_URL": "smtp://localhost",
            "SERVER_EMAIL": "a@example.com",
            "SITE_URL": "https://example.com",
        },
    ),
    Project("evennia", "6.1.0", "evennia.settings_default"),
    Project(
        "horizon", "27.0.0", "openstack_dashboard.settings",
        stubs=(
            "cinderclient", "glanceclient", "keystoneclient", "novaclient", "openstack",
            "oslo_concurrency", "oslo_config", "oslo_utils", "swiftclient", "xstatic",
        ),
    ),
    Project(
        "kiwitcms", "12.4", "tcms.settings.product", stubs=("pkg_resources",),
        environment={"KIWI_DB_ENGINE": "django.db.backends.postgresql"},
    ),
    Project(
        "label-studio", "1.23.2", "core.settings.label_studio", folders=(".", "label_studio"),
        stubs=("appdirs", "colorama", "pyboxen", "label_studio_sdk", "drf_spectacular", "pytz", "rest_framework", "sentry_sdk", "ujson"),
        environment={"HOSTNAME": "", "LABEL_STUDIO_BASE_DATA_DIR": "data"},
    ),
    Project("mailman-web", "0.0.9", "mailman_web.settings.base"),
    Project("mayan-edms", "4.12.2", "mayan.settings.production"),
    Project(
        "mezzanine", "6.1.1", "project_name.settings", folders=("mezzanine/project_template",)
    ),
    Project(
        "nautobot", "3.2.7", "nautobot.core.settings",
        stubs=(
            "celery", "constance", "kombu", "nh3", "opentelemetry", "prometheus_client",
            "rest_framework", "structlog",
        ),
    ),
    Project("pretalx", "2026.2.1", "pretalx.settings", stubs=("csp",)),
    Project(
        "pretix", "2026.8.0", "pretix.settings", stubs=("importlib_metadata", "kombu", "pycountry")
    ),
    Project("promgen", "0.61.0", "promgen.settings", stubs=("pkg_resources",)),
    Project("pulpcore", "3.123.1", "pulpcore.app.settings", stubs=("cryptography", "dynaconf")),
    Project(
        "ReviewBoard", "8.1", "reviewboard.settings",
        folders=(".", "reviewboard/extensions/packaging/conf"), stubs=("djblets",),
    ),
    Project("squad", "1.98", "squad.settings", stubs=("billiard", "celery")),
    Project(
        "wagtail", "8.0.1", "project_name.settings.production",
        folders=("wagtail/project_template",),
    ),
    Project("weblate", "2026.10.1", "weblate.settings_example", stubs=("celery",)),
    Project("wger", "2.1", "wger.settings_global"),
)  # fmt: skip

EXPLAINED: Final = {
    "asgi_serving.I002": "Middleware that is only synchronous: true, and said as information.",
    "asgi_serving.W007": "WhiteNoise serves through threads what the gateway serves without Django.",
    "asgi_serving.W018": "A cache in local memory is another one in each of the two workers.",
    "asgi_serving.W020": "Mail goes to the console until a site says otherwise.",
    "asgi_serving.W032": "`disable_existing_loggers` silences the server's own lines.",
}
"""What may be found, and why it is so. Errors are never explained away."""
